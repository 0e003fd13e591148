"""What the database itself holds, whatever the application does; every test works under the runtime login."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg2
import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from assessments.actions import enter_items
from assessments.models import Assessment
from core.contributions import contribution, reading_as
from core.models import Membership, Person, SignatureMeaning
from core.signatures import sign_authenticated, standing_signatures
from patients.models import ContactConsent, Participant, Visit
from tests.conftest import size
from tests.databases import owner_cursor
from tests.furnished import furnished
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
    "SELECT * FROM sealed.slot",
    "UPDATE clock.state SET held_at = now()",
    "CREATE TABLE public.mine (id int)",
    "GRANT ALL ON ALL TABLES IN SCHEMA audit TO vigil_runtime",
    "UPDATE trials_protocoldocument SET text = ''",
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

    # Beside the one that answers a kit: those by which the key is lent, and the call of a case, which knows no arm.
    assert sorted(name.split("(")[0] for (name,) in functions) == [
        "allocation.allocate", "allocation.draw_pad", "allocation.regulator_calls", "allocation.take_key",
    ]  # fmt: skip


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
def test_replaying_the_audit_holds_for_writes_of_every_kind_by_every_path(own_database, world, tmp_path, evidence):
    """Random values, NULL and back, in every kind of column, and rows removed; what is refused, is not there.

    The runtime changes what may change and removes nothing; the owner, whom no right stops, writes to every table.
    """
    with furnished(world, folder=tmp_path):
        form = Assessment.objects.get(instrument="BDI2")
        enter_items(form, answers=dict.fromkeys(range(1, 9), 1), by=world.people["ben"], at=AT)
    dice, done = random.Random(11), Counter()

    setup = Person.objects.system("setup")
    with owner_cursor(own_database) as owner:
        owner.execute(AS_OWNER)
        for _ in range(size(small=200, full=5_000)):
            done.update(write_as_runtime(dice, by=setup))
            done.update(write_as_owner(owner, dice, by=setup))

    assert differing_tables(own_database) == {}
    assert {"save", "update", "raw", "bulk_update", "owner", "deleted", "to null", "from null"} <= set(done)
    assert set(RANDOM_VALUES) <= set(done)
    evidence("audit", seed=11, writes=done["written"], refused=done["refused"], tables_that_differ=0, kinds=dict(done))


AS_OWNER = (
    "SELECT set_config('app.maintenance', 'on', false), set_config('app.actor', '1', false),"
    " set_config('app.reason', 'At random', false)"
)


def write_as_runtime(dice, *, by):
    """Changes one column of one row by one path that the application has; returns what was done."""
    field = column_at_random(dice, [m for m in apps.get_models() if hasattr(m, "guard") and not m.guard.append_only])
    model, path = field.model, dice.choice(["save", "update", "raw", "bulk_update"])
    row = row_at_random(dice, field, by)
    if row is None:
        return ["nothing to change"]
    before, value = getattr(row, field.attname), value_at_random(dice, field)
    try:
        with transaction.atomic(), contribution(by=by, reason="At random"):
            setattr(row, field.attname, value)
            if path == "save":
                row.save(update_fields=[field.name])
            elif path == "bulk_update":
                model._default_manager.bulk_update([row], [field.name])
            elif path == "update":
                model._default_manager.filter(pk=row.pk).update(**{field.name: value})
            else:
                run(f'UPDATE {quoted(model)} SET "{field.column}" = %s WHERE id = %s', prepared(field, value), row.pk)
    except (DatabaseError, ValidationError, ValueError):
        return ["refused"]
    ends = ["to null"] if value is None and before is not None else ["from null"] if before is None and value else []
    return ["written", path, type(field).__name__, *ends]


def write_as_owner(owner, dice, *, by):
    """Changes or removes one row of any table, also of those that are written only once; returns what was done."""
    field = column_at_random(dice, [m for m in apps.get_models() if hasattr(m, "guard")])
    table, row = quoted(field.model), row_at_random(dice, field, by)
    if row is None:
        return ["nothing to change"]
    try:
        if dice.random() < 0.3:
            owner.execute(f"DELETE FROM {table} WHERE id = %s", [row.pk])
            return ["deleted"]
        value = prepared(field, value_at_random(dice, field))
        owner.execute(f'UPDATE {table} SET "{field.column}" = %s WHERE id = %s', [value, row.pk])
    except psycopg2.Error:
        return ["refused"]
    return ["written", "owner", type(field).__name__]


def row_at_random(dice, field, by):
    """Returns a row; every second time one that is filled where it may be empty, so that values go and come."""
    with reading_as(by):
        rows = field.model._default_manager.order_by("pk")
        # Whoever writes in this test must stay who they are.
        if field.model in (Person, Membership):
            rows = rows.filter(**{"is_system" if field.model is Person else "person__is_system": False})
        if field.null and dice.random() < 0.5:
            rows = rows.exclude(**{field.name: None})
        return dice.choice(list(rows) or [None])


def column_at_random(dice, models):
    """Returns a column: first the kind is drawn, so that rare kinds are met as often as texts."""
    by_kind = {kind: [] for kind in RANDOM_VALUES}
    for model in models:
        for field in model._meta.concrete_fields:
            if type(field).__name__ in by_kind and not field.primary_key:
                by_kind[type(field).__name__].append(field)
    return dice.choice(by_kind[dice.choice([kind for kind, fields in by_kind.items() if fields])])


def value_at_random(dice, field):
    """Returns a value for a column, or none where it may be empty."""
    return None if field.null and dice.random() < 0.4 else RANDOM_VALUES[type(field).__name__](dice, field)


def prepared(field, value):
    """Returns a value as a statement takes it."""
    return field.get_db_prep_save(value, connection)


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
    "IntegerField": lambda dice, field: dice.randint(-300, 300),
    "PositiveSmallIntegerField": lambda dice, field: dice.randint(0, 300),
    "PositiveIntegerField": lambda dice, field: dice.randint(0, 300_000),
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
    if table == "consent_seal":
        # Of a sealed copy the audit holds all but what it shows; who made it and when stand in the entry itself.
        unseen = {"ciphertext", "recorded_at", "recorded_by_id"}
        present = {
            key: {name: value for name, value in values.items() if name not in unseen}
            for key, values in present.items()
        }
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
