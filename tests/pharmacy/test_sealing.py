"""Whoever gets a dump, the data folder, the log of writes or the server's log learns no allocation without the key."""

import math
import random
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.test import override_settings
from django.urls import reverse

from core.contributions import contribution, reading_as
from pharmacy import actions, allocation, ledger, regulators
from pharmacy.allocation import KitArrival, ListDraft, PackedUnits, ShipmentNote
from pharmacy.models import Discrepancy, Kit
from pharmacy.permuted_blocks import Slot
from pharmacy.queries import packed_units
from pharmacy.sealing import KeyAway, own_key, seal
from reports import actions as report_actions
from reports import queries as report_queries
from tests import stages
from tests.arms import unlocked
from tests.cast import AT, KITS_EXPIRE_ON, PASSWORD
from tests.conftest import PROVE, size
from tests.core.test_database_trust import differing_tables
from tests.databases import ROOT, address_of, environment_for, lent_key, owner_cursor
from tests.furnished import LOOKED_AT, unexpected_case
from tests.patients.test_vault import dump_of
from tests.patients.test_vault_canaries import spellings
from tests.pharmacy.test_randomisation import ask, nothing_was_written
from tests.pharmacy.test_stock import counted
from tests.reading import text_of
from trials.queries import definition_of

ARMS = ("ARMCANARYQUETZAL", "ARMCANARYOSPREY")
LOTS = dict(zip(ARMS, ("LOTCANARY-7Q", "LOTCANARY-9O"), strict=True))
SEED, NOTE, CLOSED = "seed-canary-of-the-list", "NOTECANARY: it was the other lot", "BOARDCANARY by arm"
SECRETS = (*ARMS, *LOTS.values(), SEED, NOTE, CLOSED)
# What blinded people read: if it is not found, nothing is looked at.
PUBLIC = "FORMCANARY-PUBLIC"
OTHER_KEY = "b3RoZXIta2V5LW9mLXRoZS1hbGxvY2F0aW9uLTMyLWI="
KITS = 160
LOG = ROOT / ".run-test" / "log" / "postgres.log"


@pytest.fixture
def canaries(own_database, world, stan, phil, ben, ada, sofia):
    """A trial with every kind of record that tells an arm, made by the product, while all statements are logged."""
    logged_before = LOG.stat().st_size
    administer(f"ALTER DATABASE \"{own_database}\" SET log_statement = 'all'")
    for alias in ("default", "unblinded"):
        connections[alias].close()
    with unlocked(own_database) as cursor:
        cursor.execute("DELETE FROM sealed.slot; DELETE FROM sealed.list; DELETE FROM pharmacy_allocationlist")
    make_list(world, stan)
    receive(world, phil, witness=ben)
    with pytest.raises(Exception, match="duplicate"):
        receive(world, phil, witness=ben)
    with reading_as(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
    with reading_as(sofia):
        unexpected_case(world, participant)
    with reading_as(ada):
        revealed = actions.unblind(participant, reason="Seizure", by=ada, at=AT, password=PASSWORD)
    with reading_as(phil):
        actions.issue_envelope(participant, code="orange river 71", by=phil, at=AT)
    counted(world, phil, ben, off_by=-1)
    with reading_as(phil):
        ledger.note_discrepancy(Discrepancy.objects.get().pk, note=NOTE, by=phil, at=AT)
    allocation.keep_board_report(trial_id=world.trial.pk, key="dmc_canary", content=CLOSED, by=stan)
    with reading_as(stan):
        (case,) = report_queries.regulator_cases(by=stan)
        report_actions.report_unblinded(case, reason="To be reported", password=PASSWORD, by=stan, at=LOOKED_AT)
    for alias in ("default", "unblinded"):
        connections[alias].close()
    assert revealed.arm in ARMS
    return case, revealed.arm, logged_before


def administer(statement, *, database="postgres"):
    """Runs a statement of the server's administrator."""
    connection = psycopg2.connect(address_of("ADMIN_DATABASE_URL", database=database))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found


def make_list(world, stan):
    dice = random.Random("list")
    slots = []
    for stratum in ("S01", "S02"):
        arms = [arm for _ in range(10) for arm in dice.sample(ARMS, 2)]
        slots += [
            Slot(stratum, place, 1 + place // 2, arm, f"R{stratum}{place}") for place, arm in enumerate(arms, start=1)
        ]
    draft = ListDraft("permuted_blocks", slots, SEED, dict.fromkeys(ARMS, 1), [2])
    made = allocation.make_list(draft, trial_id=world.trial.pk, protocol_version_id=world.version.pk, by=stan, at=AT)
    with reading_as(stan):
        digest = allocation.lists(trial_id=world.trial.pk, by=stan)[0].digest
        actions.seal_allocation_list(made, shown_digest=digest, password=None, by=stan, at=AT)


def receive(world, phil, *, witness):
    dice = random.Random("kits")
    numbers = [f"KC{number}" for number in dice.sample(range(10_000, 99_999), KITS)]
    arms = dice.sample([ARMS[place % 2] for place in range(KITS)], KITS)
    allocation.receive_shipment(
        [KitArrival(number, arm, LOTS[arm], KITS_EXPIRE_ON) for number, arm in zip(numbers, arms, strict=True)],
        note=ShipmentNote(PUBLIC), excursion=False,
        packed=[PackedUnits(*line) for line in packed_units(definition_of(world.version))],
        site_id=world.sites["A"].pk, witness_id=witness.pk, by=phil, at=AT,
    )  # fmt: skip


def all_spellings():
    keys = [own_key().hex(), lent_key()[:64], lent_key()[256:320]]
    return {each for secret in SECRETS for each in spellings(secret)} | set(keys)


def test_what_is_stolen_says_nothing_and_with_the_key_everything_is_read(
    own_database, world, canaries, stan, phil, ada
):
    case, arm, logged_before = canaries
    administer("CHECKPOINT")
    [(folder,)] = administer("SHOW data_directory")
    [(number,)] = administer(f"SELECT oid FROM pg_database WHERE datname = '{own_database}'")

    dump = dump_of(own_database)
    stolen = {
        "dump": dump.encode(),
        "data": b"".join(path.read_bytes() for path in Path(folder, "base", str(number)).iterdir() if path.is_file()),
        "wal": b"".join(path.read_bytes() for path in Path(folder, "pg_wal").iterdir() if path.is_file()),
        "log": LOG.read_bytes()[logged_before:],
    }

    assert {place for place, held in stolen.items() if PUBLIC.encode() not in held} == set()
    assert b"SELECT allocation.take_key(" in stolen["log"] and b"STATEMENT:  SELECT allocation.rec" in stolen["log"]
    words = all_spellings()
    assert {(place, word) for place, held in stolen.items() for word in words if word.encode() in held} == set()
    assert "Placebo" not in "".join(line for line in dump.splitlines() if line.startswith("INSERT INTO sealed."))
    # With the key all of it is there.
    assert {content.arm for content in allocation.contents_of(world.sites["A"].pk, by=phil).values()} > set(ARMS)
    assert {lot.code for lot in ledger.stock_of(world.sites["A"].pk, by=phil)} > set(LOTS.values())
    assert ledger.notes_of(discrepancy(phil), by=phil)[0][0] == NOTE
    assert allocation.closed_board_report(trial_id=world.trial.pk, key="dmc_canary", by=stan)[0] == CLOSED
    assert arm in regulators.report_of(case.key, by=stan)[0]
    assert differing_tables(own_database) == {}


def discrepancy(phil):
    with reading_as(phil):
        return Discrepancy.objects.get().pk


def test_a_dump_groups_the_kits_no_better_than_chance(own_database, canaries):
    """Every bit of what is sealed, and every number beside it, is tried as a sign of the arm."""
    with owner_cursor(own_database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute(
            "SELECT v.arm, c.id, k.id, s.arm, s.lot, (SELECT array_agg(row(u.bottle, u.strength_mg, u.units)::text"
            "  ORDER BY u.id) FROM allocation.kit_unit u WHERE u.kit_number = c.kit_number),"
            " (SELECT sum(m.number) FROM allocation.movement m WHERE m.kit_number = c.kit_number AND m.kind = 'store'),"
            " allocation.lot_number(v.arm, v.lot, 40)"
            " FROM allocation.kit_content v JOIN sealed.kit_content c ON c.id = v.id"
            " JOIN sealed.kit_content s ON s.id = v.id JOIN pharmacy_kit k ON k.number = c.kit_number"
            " WHERE k.number LIKE 'KC%' ORDER BY k.number"
        )
        rows = cursor.fetchall()
    arms = [row[0] == ARMS[0] for row in rows]
    sealed = [bytes(row[3]) + bytes(row[4]) for row in rows]
    signs = {
        "content": [row[1] for row in rows],
        "kit": [row[2] for row in rows],
        "moved": [int(row[6]) for row in rows],
    }
    signs |= {f"last of {name}": [value % 2 for value in values] for name, values in list(signs.items())}
    signs |= {
        f"bit {place}": [each[place // 8] >> place % 8 & 1 for each in sealed] for place in range(8 * len(sealed[0]))
    }

    worst = max(abs(deviation(values, arms)) for values in signs.values())

    assert len(rows) == KITS and len(set(sealed)) == KITS and len({len(each) for each in sealed}) == 1
    assert len({str(row[5]) for row in rows}) == 1
    # Of 1300 signs the worst of pure chance reaches 3.4 on average.
    assert worst < 5
    assert abs(deviation([row[7] % 1000 for row in rows], arms)) > 10, (
        "the same reckoning finds a lot that is not sealed"
    )


def deviation(values, arms):
    """Returns by how many standard errors the values of one arm differ from the other's."""
    one = [value for value, arm in zip(values, arms, strict=True) if arm]
    other = [value for value, arm in zip(values, arms, strict=True) if not arm]
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return (sum(one) / len(one) - sum(other) / len(other)) / (spread * math.sqrt(1 / len(one) + 1 / len(other)))


# --- the key ---


def test_both_programmes_seal_alike_and_the_hmac_is_that_of_the_rfc(own_database):
    key, text = own_key(), "MDMA, Größe \U0001f642"
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT allocation.keys_of(%s)", [key])
        assert bytes(cursor.fetchone()[0]).hex() == lent_key()
        for width in (32, 64, 4096):
            cursor.execute("SELECT allocation.seal(%s, 'slot.arm 1 S01 1', %s)", [text, width])
            sealed = bytes(cursor.fetchone()[0])
            assert sealed == seal(text, place="slot.arm 1 S01 1", width=width, key=key)
        cursor.execute("SELECT allocation.opened(%s, 'slot.arm 1 S01 1')", [sealed])
        assert cursor.fetchone() == (text,)
        # RFC 4231, test case 1.
        cursor.execute(
            "SELECT encode(allocation.hmac(allocation.pads(decode(repeat('0b', 20), 'hex')), 'Hi There'), 'hex')"
        )
        assert cursor.fetchone() == ("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",)
        for changed, place in (
            (sealed[:-1] + bytes([sealed[-1] ^ 1]), "slot.arm 1 S01 1"),
            (bytes([sealed[0] ^ 1]) + sealed[1:], "slot.arm 1 S01 1"),
            (sealed, "slot.arm 1 S01 2"),
        ):
            with pytest.raises(psycopg2.Error, match="does not open"):
                cursor.execute("SELECT allocation.opened(%s, %s)", [changed, place])


def test_without_the_key_nothing_is_allocated_and_the_blinded_side_works(
    own_database, world, stan, phil, ben, ada, client_for
):
    with reading_as(ben):
        participant = stages.ready_to_randomise(world, by=ben, investigator=ada, at=AT)
    client, statistician, kit = client_for(ben), client_for(stan), None
    statistician.raise_request_exception = False
    for key, sentence in (("", "not set on this server"), (OTHER_KEY, "not the one under which it was sealed")):
        with override_settings(ALLOCATION_KEY=key):
            refused = ask(client, participant)
            shown = [
                client.get(address).status_code
                for address in (
                    "/participants/",
                    reverse("pharmacy:randomisation-detail", args=[participant.public_id]),
                )
            ]
            with pytest.raises(KeyAway, match=sentence):
                allocation.lists(trial_id=world.trial.pk, by=stan)
            closed = statistician.get(reverse("pharmacy:allocation-list"))
            with reading_as(phil):
                kit = Kit.objects.exclude(pk=kit and kit.pk).order_by("pk").first()
                actions.move_kits([kit], kind="quarantine", submission_id=uuid.uuid4(), by=phil, at=AT)

        assert refused.status_code == 422 and sentence in text_of(refused)
        assert "Not randomised. Nothing was allocated." in text_of(refused) and nothing_was_written(own_database)
        assert shown == [200, 200] and closed.status_code == 503 and sentence in text_of(closed)
    assert ask(client, participant).status_code == 302


def test_what_was_lent_is_taken_away_again(own_database, world, ben, ada):
    with reading_as(ben), contribution(by=ben, reason="Test"):
        stages.randomised(world, by=ben, investigator=ada, at=AT)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_setting('app.allocation_key'), current_setting('app.allocation_pad')")
            assert cursor.fetchone() == ("", "")


def rows_sealed(database):
    lines = dump_of(database, "--data-only", "--schema=sealed").splitlines()
    return "\n".join(line for line in lines if line.startswith("INSERT"))


def reseal(database, *, key, before):
    connections["owner"].settings_dict["NAME"] = database
    try:
        with override_settings(ALLOCATION_KEY=key, PREVIOUS_ALLOCATION_KEY=before):
            call_command("reseal_allocation")
    finally:
        connections["owner"].close()


def test_another_key_seals_everything_anew_in_one_step(own_database, world, ben, ada, stan, phil):
    with reading_as(ben):
        stages.randomised(world, by=ben, investigator=ada, at=AT)
    counted(world, phil, ben, off_by=-1)
    old, site = settings.ALLOCATION_KEY, world.sites["A"].pk
    before = rows_sealed(own_database)
    (overview,), stock = allocation.lists(trial_id=world.trial.pk, by=stan), ledger.stock_of(site, by=phil)

    for previous, sentence in (("", "Set OWNER_DATABASE_URL"), (OTHER_KEY, "previous key is not the one")):
        with pytest.raises(CommandError, match=sentence):
            reseal(own_database, key=OTHER_KEY, before=previous)
    assert rows_sealed(own_database) == before
    reseal(own_database, key=OTHER_KEY, before=old)

    with pytest.raises(KeyAway, match="not the one"):
        allocation.lists(trial_id=world.trial.pk, by=stan)
    with override_settings(ALLOCATION_KEY=OTHER_KEY):
        assert allocation.lists(trial_id=world.trial.pk, by=stan) == [overview]
        units = [(lot.code, lot.arm, lot.strength_mg, lot.units) for lot in ledger.stock_of(site, by=phil)]
    assert units == [(lot.code, lot.arm, lot.strength_mg, lot.units) for lot in stock]
    found = [re.findall(r"\\x[0-9a-f]{60,}", text) for text in (before, dump_of(own_database))]
    assert found[0] and not set(found[0]) & set(found[1])
    assert differing_tables(own_database) == {}


# --- a database from before ---

BEFORE = f"""
SET session_replication_role = replica;
SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false);
INSERT INTO pharmacy_kit (public_id, number, state, expires_on, site_id, recorded_by_id, recorded_at)
SELECT 'kit_' || n, 'K' || n, 'in_stock', '2030-01-01', 1, 1, now() FROM generate_series(1, 4) n;
INSERT INTO trials_site (public_id, trial_id, code, name, zone, message_alias)
VALUES ('sit_1', 1, 'S01', 'Lisbon', 'UTC', 'the study');
INSERT INTO pharmacy_kitmovement
  (public_id, kit_id, kind, witness_id, observed_at, bottle, document, note, site_id, recorded_by_id)
SELECT 'mov_' || id, id, 'receipt', 2, now(), '', '', '', 1, 1 FROM pharmacy_kit ORDER BY id;
INSERT INTO allocation.list (trial_id, protocol_version_id, seed, ratio, block_sizes, made_by_id, made_at)
VALUES (1, 1, '{SEED}', '{{"{ARMS[0]}": 1, "{ARMS[1]}": 1}}', '[2]', 1, now());
INSERT INTO allocation.slot (list_id, stratum, position, block, arm, randomisation_number)
SELECT 1, 'S01', n, 1 + n / 2, (ARRAY['{ARMS[0]}', '{ARMS[1]}'])[1 + n % 2], 'R' || n FROM generate_series(1, 4) n;
UPDATE allocation.list SET sealed_at = now();
UPDATE allocation.slot SET participant_id = 7, kit_number = 'K1', allocated_at = now() WHERE position = 1;
INSERT INTO allocation.kit_content (kit_number, arm, lot, received_by_id)
SELECT 'K' || n, (ARRAY['{ARMS[0]}', '{ARMS[1]}'])[1 + n % 2],
       (ARRAY['{LOTS[ARMS[0]]}', '{LOTS[ARMS[1]]}'])[1 + n % 2], 1 FROM generate_series(1, 4) n;
INSERT INTO allocation.lot (code, arm, strength_mg, expires_on)
SELECT DISTINCT lot, arm, 40, date '2030-01-01' FROM allocation.kit_content ORDER BY 1;
INSERT INTO allocation.kit_unit (kit_number, bottle, lot_id, units)
SELECT c.kit_number, 'V8', l.id, 3 FROM allocation.kit_content c JOIN allocation.lot l USING (arm) ORDER BY 1;
INSERT INTO allocation.movement (site_id, lot_id, number, kind, from_place, to_place, units, kit_number, bottle,
  kit_movement_id, handler_id, witness_id, recorded_at)
SELECT 1, u.lot_id, 1, 'receipt', 'supplier', 'quarantine', 3, u.kit_number, 'V8', u.id, 1, 2, now()
FROM allocation.kit_unit u ORDER BY u.id;
INSERT INTO allocation.count_figure (stock_count_id, lot_id, units, expected, counted_by_id)
SELECT 1, id, 6, 6, 1 FROM allocation.lot ORDER BY id;
INSERT INTO allocation.discrepancy_note (discrepancy_id, note, noted_by_id, noted_at) VALUES (1, '{NOTE}', 1, now());
INSERT INTO allocation.board_report (trial_id, public_id, content, digest, made_by_id)
VALUES (1, 'dmc_old', '{CLOSED}', encode(sha256('{CLOSED}'), 'hex'), 1);
INSERT INTO allocation.regulator_report (public_id, case_report_id, log_id, arm, content, digest, made_by_id, made_at)
VALUES ('rgr_old', 1, 1, '{ARMS[0]}', '{CLOSED}', encode(sha256('{CLOSED}'), 'hex'), 1, now());
INSERT INTO allocation.regulator_answer
  (transmission_id, number, batch_code, report_code, words, content, digest, read_at, recorded_by_id)
VALUES (1, 'A1', 'AA', 'CA', '{NOTE}', '{CLOSED}', 'x', now(), 1);
"""
STEPS_BEFORE = ("migrate", "reports", "0004", "--database=owner", "--verbosity=0")


# It builds the schema of an earlier version.
if PROVE:

    @pytest.mark.prove
    def test_a_database_from_before_is_sealed_whole_or_not_at_all(template, evidence, django_db_blocker):
        name = f"test_before_{uuid.uuid4().hex[:8]}"
        administer(f'CREATE DATABASE "{name}" OWNER vigil_owner')

        def manage(*command, key):
            environment = environment_for(name) | {"VIGIL_ENVIRONMENT": "test", "VIGIL_ALLOCATION_KEY": key}
            return subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )

        key = settings.ALLOCATION_KEY
        assert manage(*STEPS_BEFORE, key="").returncode == 0
        administer(BEFORE, database=name)
        before = dump_of(name)
        refused = manage("migrate", "--database=owner", "--verbosity=0", key="")
        between = dump_of(name)
        sealed = manage("migrate", "--database=owner", "--verbosity=0", key=key)
        after = dump_of(name)

        assert sorted(word for word in SECRETS if word in before) == sorted(SECRETS)
        assert refused.returncode and "Set VIGIL_ALLOCATION_KEY for this migration" in refused.stderr
        assert "CREATE SCHEMA sealed" not in between and "INSERT INTO allocation.lot " in between
        assert sealed.returncode == 0, sealed.stderr[-2000:]
        assert sorted(word for word in all_spellings() if word in after) == []
        with owner_cursor(name) as cursor:
            cursor.execute("SET app.maintenance = 'on'")
            cursor.execute("SELECT seed, ratio FROM allocation.list")
            assert cursor.fetchone() == (SEED, dict.fromkeys(ARMS, 1))
            cursor.execute("SELECT arm, block FROM allocation.slot ORDER BY position")
            assert cursor.fetchall() == [(ARMS[n % 2], 1 + n // 2) for n in range(1, 5)]
            cursor.execute("SELECT code, arm, strength_mg, place, units FROM allocation.balance_at(1) ORDER BY 1, 4")
            wanted = [
                (LOTS[arm], arm, 40, place, units)
                for arm in ARMS
                for place, units in (("quarantine", 6), ("supplier", -6))
            ]
            assert cursor.fetchall() == wanted
            cursor.execute("SELECT figure ->> 'code', figure ->> 'units' FROM allocation.count_figure ORDER BY 1")
            assert cursor.fetchall() == [(LOTS[arm], "6") for arm in ARMS]
            cursor.execute(
                "SELECT n.note, r.content, r.arm FROM allocation.discrepancy_note n, allocation.regulator_report r"
            )
            assert cursor.fetchone() == (NOTE, CLOSED, ARMS[0])
        # A later step gave the sites a column, which their audit did not hold when they came.
        assert differing_tables(name).keys() <= {"trials_site"}
        with django_db_blocker.unblock():
            reseal(name, key=OTHER_KEY, before=key)
        assert differing_tables(name).keys() <= {"trials_site"}
        administer(f'DROP DATABASE "{name}" WITH (FORCE)')
        evidence(
            "sealing",
            secrets=len(SECRETS),
            found_before=len(SECRETS),
            found_after=0,
            tables_that_differ_from_their_audit=0,
        )


@pytest.mark.prove
def test_minimisation_of_five_hundred_is_fast_enough(own_database, minimising, evidence):
    places = size(small=60, full=500)
    with unlocked(own_database) as cursor:
        cursor.execute("SELECT id, stratum FROM sealed.list, LATERAL (SELECT stratum FROM sealed.slot LIMIT 1) s")
        list_id, row = cursor.fetchone()
        cursor.execute(
            "INSERT INTO sealed.slot (list_id, stratum, position, block, arm, levels, randomisation_number)"
            " SELECT %s, %s, n, allocation.seal('1', 'x', 32), allocation.seal((ARRAY['MDMA', 'PBO'])[1 + n %% 2],"
            "  'slot.arm ' || concat_ws(' ', %s, %s, n), 64), %s, 'M' || n FROM generate_series(1001, 1000 + %s) n",
            [list_id, row, list_id, row, '{"site": "S01", "sex_at_birth": "female"}', places],
        )
        begun = time.monotonic()
        for place in range(10):
            cursor.execute(
                "SELECT allocation.minimise(%s, %s, %s)",
                [list_id, '{"site": "S01", "sex_at_birth": "female"}', 2000 + place],
            )
        milliseconds = (time.monotonic() - begun) * 100
    evidence("sealing_minimisation", people=places, milliseconds_for_one=round(milliseconds, 1))
    assert milliseconds < 250
