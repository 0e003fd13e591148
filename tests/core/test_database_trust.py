"""What the database itself holds, whatever the application does; every test works under the runtime login."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from core.contributions import contribution, reading_as
from core.models import Membership, Person, SignatureMeaning
from core.signatures import sign_authenticated, standing_signatures
from patients.models import ContactConsent, Participant, Visit
from tests.conftest import size
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


LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("path", ["save", "bulk_create", "raw"])
def test_writer_cannot_set_the_time_of_recording(world, participant, ben, path):
    values = {"participant": participant, "site": participant.site, "channel": "email", "given": True}
    row = ContactConsent(**values, observed_at=AT, recorded_by=ben, recorded_at=LONG_AGO)

    with contribution(by=ben, reason="Try"):
        if path == "save":
            row.save()
        elif path == "bulk_create":
            ContactConsent.objects.bulk_create([row])
        else:
            run(
                "INSERT INTO patients_contactconsent"
                " (site_id, participant_id, channel, given, observed_at, recorded_by_id, recorded_at)"
                " VALUES (%s, %s, 'email', true, %s, %s, %s)",
                participant.site_id, participant.pk, AT, ben.pk, LONG_AGO,
            )  # fmt: skip
        stamped, now = run("SELECT max(recorded_at), clock.now() FROM patients_contactconsent")[0]

    assert now - stamped < timedelta(minutes=1)


def test_time_of_recording_is_never_changed(world, participant, ben):
    consent = participant.consents.get()

    with pytest.raises(DatabaseError), transaction.atomic(), contribution(by=ben, reason="Try"):
        run("UPDATE patients_consent SET recorded_at = %s WHERE id = %s", LONG_AGO, consent.pk)
    visit = participant.visits.get(code="V1")
    with contribution(by=ben, reason="Try"):
        run("UPDATE patients_visit SET recorded_at = %s WHERE id = %s", LONG_AGO, visit.pk)

    assert run("SELECT recorded_at FROM patients_visit WHERE id = %s", visit.pk)[0][0] == visit.recorded_at


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
    assert differing_tables(own_database) == {}


@pytest.mark.prove
def test_replaying_the_audit_holds_for_writes_of_every_kind_by_every_path(own_database, world, ben, evidence):
    """Random values, NULL and back, in every kind of column that may be changed; what is refused, is not there."""
    with reading_as(ben):
        consented(world, by=ben, at=AT)
    dice, done = random.Random(11), Counter()

    for _ in range(size(small=400, full=10_000)):
        done.update(write_at_random(dice))

    assert differing_tables(own_database) == {}
    assert {"save", "update", "raw", "bulk_update", "to null", "from null"} <= set(done)
    assert {"CharField", "DateField", "DateTimeField", "BooleanField", "TextField"} <= set(done)
    evidence("audit", seed=11, writes=done["written"], refused=done["refused"], tables_that_differ=0, kinds=dict(done))


def write_at_random(dice):
    """Changes one column of one row of one table, by one path; returns what was done."""
    model = dice.choice([m for m in apps.get_models() if hasattr(m, "guard") and not m.guard.append_only])
    with reading_as(Person.objects.system("setup")):
        keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
        row = model._default_manager.get(pk=dice.choice(keys)) if keys else None
    fields = [f for f in model._meta.concrete_fields if type(f).__name__ in RANDOM_VALUES and not f.primary_key]
    if row is None or not fields:
        return ["nothing to change"]
    # Every second time one that is filled and may be empty, so that values go and come.
    filled = [f for f in fields if f.null and getattr(row, f.attname) is not None]
    field = dice.choice(filled if filled and dice.random() < 0.5 else fields)
    path = dice.choice(["save", "update", "raw", "bulk_update"])
    before = getattr(row, field.attname)
    value = None if field.null and dice.random() < 0.4 else RANDOM_VALUES[type(field).__name__](dice, field)
    try:
        with transaction.atomic(), contribution(by=Person.objects.system("setup"), reason="At random"):
            setattr(row, field.attname, value)
            if path == "save":
                row.save(update_fields=[field.name])
            elif path == "bulk_update":
                model._default_manager.bulk_update([row], [field.name])
            elif path == "update":
                model._default_manager.filter(pk=row.pk).update(**{field.name: value})
            else:
                ready = field.get_db_prep_save(value, connection)
                run(f'UPDATE {quoted(model)} SET "{field.column}" = %s WHERE id = %s', ready, row.pk)
    except (DatabaseError, ValidationError, ValueError):
        return ["refused"]
    ends = ["to null"] if value is None and before is not None else ["from null"] if before is None and value else []
    return ["written", path, type(field).__name__, *ends]


def quoted(model):
    table = model._meta.db_table
    return table if table.startswith('"') else f'"{table}"'


def some_text(dice, field):
    text = "".join(dice.choice("aZ09 '\"\\;%éß漢🙂\n") for _ in range(dice.randint(0, 12)))
    return text[: field.max_length] if field.max_length else text


RANDOM_VALUES = {
    "CharField": some_text,
    "TextField": some_text,
    "BooleanField": lambda dice, field: dice.random() < 0.5,
    "PositiveSmallIntegerField": lambda dice, field: dice.randint(0, 300),
    "DecimalField": lambda dice, field: Decimal(dice.randint(0, 999)) / 10,
    "DateField": lambda dice, field: AT.date() + timedelta(days=dice.randint(-900, 900)),
    "DateTimeField": lambda dice, field: AT + timedelta(seconds=dice.randint(-(10**7), 10**7)),
    "JSONField": lambda dice, field: dice.choice([[], {}, {"a": [1, None, "é"]}, [True, 1.5], "text"]),
}


def differing_tables(database):
    """Returns what differs between each audited table and the replay of its audit from nothing."""
    with owner_cursor(database) as cursor:
        cursor.execute("SELECT set_config('app.maintenance', 'on', false)")
        cursor.execute(
            "SELECT DISTINCT event_object_schema, event_object_table FROM information_schema.triggers"
            " WHERE trigger_name LIKE '%%_audit_insert'"
        )
        tables = cursor.fetchall()
        assert len(tables) > 40
        return {table: found for schema, table in tables if (found := _difference(cursor, schema, table))}


def _difference(cursor, schema, table):
    cursor.execute(
        "SELECT operation, row_id, new_values FROM audit.entry WHERE schema_name = %s AND table_name = %s ORDER BY id",
        [schema, table],
    )
    replayed = {}
    for operation, row_id, new_values in cursor.fetchall():
        if operation == "delete":
            replayed.pop(row_id)
        else:
            replayed[row_id] = new_values
    cursor.execute(f'SELECT id, to_jsonb(t) FROM "{schema}"."{table}" t')
    present = dict(cursor.fetchall())
    if schema == "keyring":
        # Of a key the audit holds that it is there, and never what it is.
        assert "wrapped" not in str(replayed)
        return sorted(replayed.keys() ^ present.keys())
    return [key for key in replayed.keys() | present.keys() if replayed.get(key) != present.get(key)]


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
