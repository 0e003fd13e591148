"""What the database itself holds, whatever the application does; every test works under the runtime login."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from core.contributions import contribution, reading_as
from core.models import Membership, SignatureMeaning
from core.signatures import sign_authenticated, standing_signatures
from patients.models import Participant, Visit
from tests.databases import owner_cursor
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
FORBIDDEN = [
    "INSERT INTO audit.entry (schema_name) VALUES ('public')",
    "UPDATE audit.entry SET reason = 'x'",
    "DELETE FROM audit.entry",
    "TRUNCATE audit.entry",
    "SELECT * FROM audit.entry",
    "ALTER TABLE patients_participant DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "TRUNCATE patients_participant",
    "DELETE FROM patients_participant",
    "SELECT * FROM allocation.slot",
    "SELECT * FROM allocation.kit_content",
    "UPDATE clock.state SET held_at = now()",
    "CREATE TABLE public.mine (id int)",
    "GRANT ALL ON ALL TABLES IN SCHEMA audit TO vigil_runtime",
    "UPDATE trials_protocolversion SET source = ''",
]


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def test_tests_run_as_the_runtime_login_without_any_privilege(world):
    name, superuser, bypass = run("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")[
        0
    ]

    assert (name, superuser, bypass) == ("vigil_runtime", False, False)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_runtime_is_refused(world, statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner|refused"), transaction.atomic():
        run(statement)


def test_runtime_cannot_call_what_reveals_the_arm(world):
    functions = run(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = 'allocation' AND has_function_privilege('vigil_runtime', p.oid, 'EXECUTE')"
    )

    assert [name.split("(")[0] for (name,) in functions] == ["allocation.allocate"]


def test_write_without_an_actor_fails(world, site_a, participant):
    with pytest.raises(DatabaseError, match=r"needs an actor|row-level security"), transaction.atomic():
        run("SELECT set_config('app.actor', '', true)")
        run("UPDATE core_person SET phone = '1' WHERE username = 'ben'")


def test_change_without_a_reason_fails(world, participant, ben):
    with pytest.raises(DatabaseError, match="needs a reason"), transaction.atomic(), reading_as(ben):
        Participant.objects.filter(pk=participant.pk).update(language="pt")


def test_primary_key_is_immutable(world, participant, ben):
    with pytest.raises(DatabaseError), transaction.atomic(), contribution(by=ben, reason="Try"):
        run("UPDATE patients_participant SET id = id + 1000 WHERE id = %s", participant.pk)


def test_writer_cannot_set_the_time_of_recording(world, participant):
    row = participant.consents.get()

    assert row.recorded_at > datetime(2026, 1, 5, 10, 0, tzinfo=UTC) - timedelta(days=3650)
    stamped = run("SELECT recorded_at FROM patients_consent WHERE id = %s", row.pk)[0][0]
    assert stamped == row.recorded_at


def test_row_security_alone_isolates_sites(world, participant, cleo):
    tables = run(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id'"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity AND c.relforcerowsecurity"
    )
    assert len(tables) > 30
    site = participant.site_id
    seen_by_setup = sum(run(f'SELECT count(*) FROM "{table}" WHERE site_id = %s', site)[0][0] for (table,) in tables)
    with reading_as(cleo):
        for (table,) in tables:
            assert run(f'SELECT count(*) FROM "{table}" WHERE site_id = %s', site)[0][0] == 0, table
    assert seen_by_setup > 20


def test_writing_a_row_for_another_site_fails(world, participant, carl):
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        with contribution(by=carl, reason="Try"):
            run(
                "INSERT INTO patients_contactconsent"
                " (site_id, participant_id, channel, given, observed_at, recorded_by_id)"
                " VALUES (%s, %s, 'email', true, now(), %s)",
                participant.site_id,
                participant.pk,
                carl.pk,
            )


def test_nobody_sees_anything(world, participant, eve):
    with reading_as(eve):
        assert Participant.objects.count() == 0


def test_ended_membership_acts_at_once(world, participant, ben, adam):
    with reading_as(ben):
        assert Participant.objects.exists()
    with contribution(by=adam, reason="Left the site"):
        Membership.objects.filter(person=ben).update(ends_at=AT)
    with reading_as(ben):
        assert not Participant.objects.exists()


def test_application_filters_alone_isolate_sites(world, participant, cleo):
    """The other half: with row security out of the way (the setup actor sees all), scoped querysets still hold."""
    from core import clock
    from core.permissions import Permission, Viewer
    from patients.access import participants_for

    viewer = Viewer.at(cleo, clock.now())

    assert Participant.objects.exists()
    assert not participants_for(viewer, Permission.PARTICIPANT_VIEW).exists()


def test_illegal_change_of_state_is_refused_by_the_database(world, participant, ben):
    with pytest.raises(DatabaseError, match="cannot go from"), transaction.atomic():
        with contribution(by=ben, reason="Try"):
            Visit.objects.filter(participant=participant, code="V5").update(state="done")


@pytest.mark.parametrize("path", ["save", "update", "bulk_update", "raw"])
def test_change_by_any_path_supersedes_the_signature(world, site_a, ben, ada, path):
    from trials.actions import delegate_duty

    row = delegate_duty(person=ben, site=site_a, duty="nurse", starts_on=AT.date(), by=ada, at=AT)
    sign_authenticated(row, by=ada, meaning=SignatureMeaning.APPROVAL, at=AT)
    assert len(standing_signatures(row)) == 1

    with contribution(by=ada, reason="Change"):
        if path == "save":
            row.ends_on = AT.date()
            row.save()
        elif path == "update":
            type(row).objects.filter(pk=row.pk).update(ends_on=AT.date())
        elif path == "bulk_update":
            row.ends_on = AT.date()
            type(row).objects.bulk_update([row], ["ends_on"])
        else:
            run("UPDATE trials_delegation SET ends_on = %s WHERE id = %s", AT.date(), row.pk)

    row.refresh_from_db()
    assert standing_signatures(row) == []


def test_replaying_the_audit_gives_the_present_tables(own_database, world, ben):
    """Every regulated table of a trial in use, rebuilt from nothing but its audit, equals what is there."""
    for days in range(3):
        with reading_as(ben):
            consented(world, by=ben, at=AT + timedelta(days=days), name=f"Person {days}")
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT set_config('app.maintenance', 'on', false)")
        cursor.execute(
            "SELECT DISTINCT event_object_schema, event_object_table FROM information_schema.triggers"
            " WHERE trigger_name LIKE '%%_audit_insert'"
        )
        tables = cursor.fetchall()
        assert len(tables) > 40
        for schema, table in tables:
            cursor.execute(
                "SELECT operation, row_id, new_values FROM audit.entry WHERE schema_name = %s AND table_name = %s"
                " ORDER BY id",
                [schema, table],
            )
            replayed = {}
            for operation, row_id, new_values in cursor.fetchall():
                if operation == "delete":
                    replayed.pop(row_id)
                else:
                    replayed[row_id] = new_values
            cursor.execute(f'SELECT id, to_jsonb(t) FROM "{schema}"."{table}" t')
            assert replayed == dict(cursor.fetchall()), table


def test_one_save_is_one_contribution(own_database, world, ben):
    with reading_as(ben):
        participant = consented(world, by=ben, at=AT)
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT count(DISTINCT transaction_id), count(*) FROM audit.entry WHERE table_name = 'patients_visit'"
            " AND (new_values ->> 'participant_id')::bigint = %s",
            [participant.pk],
        )
        transactions, rows = cursor.fetchone()
    assert transactions == 1
    assert rows == 22 + 18
