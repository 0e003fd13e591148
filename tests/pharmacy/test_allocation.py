"""The schema `allocation`: who may call what, and that slots go out in order, once, whatever happens at once."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, connections, transaction

from core.contributions import contribution, reading_as
from core.errors import Refused
from patients.models import Participant
from pharmacy import allocation
from pharmacy.allocation import ListDraft
from pharmacy.models import Kit
from tests.arms import unlocked
from tests.cast import AT, KITS, SLOTS, receive_kits
from tests.conftest import size
from tests.databases import owner_cursor

CLIENTS = 32


def enrolled(world, *, by, number, site="A"):
    """Adds people who are enrolled, written directly: how they came there is the patients' room's matter."""
    place = world.sites[site]
    with contribution(by=by, reason="Test"):
        made = Participant.objects.bulk_create(
            Participant(
                site=place,
                screening_number=f"{place.code}-{index + 500}",
                first_contact_on=AT.date(),
                protocol_version=world.version,
                public_id=f"ptc_{uuid.uuid4().hex[:16]}",
                recorded_by=by,
            )
            for index in range(number)
        )
        people = Participant.objects.filter(pk__in=[person.pk for person in made])
        people.update(status="screening")
        people.update(status="enrolled")
        return list(people.order_by("pk"))


def allocate(participant, *, by, stratum="S01"):
    with contribution(by=by, reason="Randomised"):
        return allocation.allocate(participant_id=participant.pk, stratum=stratum, levels={"site": stratum}, at=AT)


@pytest.mark.prove
def test_32_clients_on_one_stratum_leave_no_gap_and_no_double_and_keep_the_order(own_database, world, ben, evidence):
    wanted = size(small=60, full=500)
    receive_kits(world, site="A", pharmacist="phil", witness="ben", kits=wanted + 2 * 30)
    people = enrolled(world, by=ben, number=wanted)

    def one(participant):
        try:
            return allocate(participant, by=ben)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(one, people))

    assert len({answer.randomisation_number for answer in answers}) == wanted
    assert len({answer.kit_number for answer in answers}) == wanted
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT s.position, s.arm, c.arm, s.participant_id, s.id, s.block FROM allocation.slot s"
            " JOIN allocation.kit_content c USING (kit_number) WHERE s.stratum = 'S01' ORDER BY s.position"
        )
        taken = cursor.fetchall()
        cursor.execute(
            "SELECT row_id, transaction_id::text FROM audit.entry"
            " WHERE schema_name = 'sealed' AND table_name = 'slot' AND operation = 'update' ORDER BY id"
        )
        slot_audit = cursor.fetchall()
        cursor.execute(
            "SELECT new_values ->> 'participant_id', transaction_id::text FROM audit.entry"
            " WHERE table_name = 'pharmacy_kit' AND operation = 'update' AND reason = 'Randomised' ORDER BY id"
        )
        kit_audit = {int(participant): tx for participant, tx in cursor.fetchall()}
    assert [row[0] for row in taken] == list(range(1, wanted + 1))
    assert all(slot_arm == kit_arm for _, slot_arm, kit_arm, *_ in taken)
    assert [slot for slot, _ in slot_audit] == [row[4] for row in taken]
    assert {row[4]: kit_audit[row[3]] for row in taken} == dict(slot_audit)
    assert_blocks_are_balanced(taken)
    numbers = {answer.randomisation_number for answer in answers}
    evidence(
        "allocation",
        clients=CLIENTS,
        allocations=len(answers),
        gaps=wanted - len({row[0] for row in taken}),
        duplicates=len(answers) - len(numbers),
        audited_in_the_same_transaction=sum(kit_audit[row[3]] == dict(slot_audit)[row[4]] for row in taken),
    )


def assert_blocks_are_balanced(taken):
    blocks = {}
    for _, arm, _, _, _, block in taken:
        blocks.setdefault(block, Counter())[arm] += 1
    last = max(blocks)
    assert all(len(set(counts.values())) == 1 and len(counts) == 2 for block, counts in blocks.items() if block != last)


def test_the_same_participant_gets_the_same_answer_from_20_requests_at_once(own_database, world, ben):
    (participant,) = enrolled(world, by=ben, number=1)

    def one(_):
        try:
            return allocate(participant, by=ben)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(20) as clients:
        answers = set(clients.map(one, range(20)))

    assert len(answers) == 1
    with reading_as(ben):
        assert Kit.objects.filter(state="assigned").count() == 1


def test_a_rolled_back_allocation_frees_its_slot_and_its_kit(own_database, world, ben):
    first, second = enrolled(world, by=ben, number=2)
    with pytest.raises(RuntimeError), transaction.atomic():
        lost = allocate(first, by=ben)
        raise RuntimeError

    again = allocate(second, by=ben)

    assert again == lost


def test_each_kit_holds_the_arm_of_its_slot_and_the_lowest_number_has_no_priority(own_database, world, ben):
    people = enrolled(world, by=ben, number=10)

    given = [allocate(participant, by=ben).kit_number for participant in people]

    with reading_as(ben):
        assert given != sorted(given) and set(given) != set(
            Kit.objects.order_by("number").values_list("number", flat=True)[:10]
        )


def test_without_a_sealed_list_nothing_is_allocated(own_database, world, ben):
    (participant,) = enrolled(world, by=ben, number=1)
    with unlocked(own_database) as cursor:
        cursor.execute("UPDATE allocation.list SET sealed_at = NULL")

    with pytest.raises(Refused, match=r"Nothing was allocated\. The allocation list is not sealed"):
        allocate(participant, by=ben)


def test_a_stratum_without_slots_refuses(own_database, world, ben):
    (participant,) = enrolled(world, by=ben, number=1)

    with pytest.raises(Refused, match="no slot left"):
        allocate(participant, by=ben, stratum="S09")


@pytest.mark.parametrize("missing", [0, 1], ids=["first arm", "second arm"])
def test_when_one_arm_has_no_kit_the_refusal_is_the_same_whichever_arm_is_next(own_database, world, ben, missing):
    (participant,) = enrolled(world, by=ben, number=1)
    with unlocked(own_database) as cursor:
        cursor.execute("SELECT DISTINCT arm FROM allocation.slot ORDER BY arm")
        arm = cursor.fetchall()[missing][0]
        cursor.execute("SELECT set_config('app.maintenance', 'on', false)")
        cursor.execute(
            "UPDATE pharmacy_kit SET state = 'quarantined' FROM allocation.kit_content c"
            " WHERE c.kit_number = number AND c.arm = %s",
            [arm],
        )

    with pytest.raises(Refused) as refusal:
        allocate(participant, by=ben)

    assert refusal.value.message == allocation.REFUSALS["VG103"]


def test_an_expired_kit_is_not_given(own_database, world, ben):
    (participant,) = enrolled(world, by=ben, number=1)
    with contribution(by=ben, reason="Test"):
        Kit.objects.update(expires_on=AT.date())

    with pytest.raises(Refused, match="No kit can be given"):
        allocate(participant, by=ben)


def test_somebody_of_another_site_cannot_allocate(own_database, world, ben, cleo):
    (participant,) = enrolled(world, by=ben, number=1)

    with pytest.raises(Refused, match="no such participant"):
        allocate(participant, by=cleo)


def test_somebody_who_is_not_enrolled_is_not_allocated(own_database, world, ben):
    (participant,) = enrolled(world, by=ben, number=1)
    with contribution(by=ben, reason="Test"):
        participant.fail_screening()
        participant.save()

    with pytest.raises(Refused, match="not enrolled"):
        allocate(participant, by=ben)


def test_a_sealed_list_is_refused_a_change_even_by_its_owner(own_database):
    with owner_cursor(own_database) as cursor:
        for statement in (
            "UPDATE sealed.slot SET arm = (SELECT arm FROM sealed.slot WHERE position = 2 LIMIT 1) WHERE position = 1",
            "UPDATE sealed.list SET seed = rules",
            "DELETE FROM sealed.slot",
            "INSERT INTO sealed.slot (list_id, stratum, position, block, arm, randomisation_number)"
            " SELECT list_id, 'S01', 9999, block, arm, 'R1' FROM sealed.slot",
        ):
            with pytest.raises(Exception, match="list is sealed"):
                cursor.execute(statement)


def test_a_second_list_cannot_be_made_after_the_seal(own_database, world, stan):
    with pytest.raises(Refused, match="never changed"):
        allocation.make_list(
            ListDraft("permuted_blocks", [], "0123456789abcdef", {"X": 1}, [1]),
            trial_id=world.trial.pk, protocol_version_id=world.version.pk, by=stan, at=AT,
        )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM allocation.list",
        "SELECT * FROM allocation.slot",
        "SELECT * FROM allocation.kit_content",
        "SELECT * FROM sealed.slot",
        "SELECT * FROM sealed.key_check",
        "SELECT * FROM allocation.reveal_log",
        "UPDATE allocation.slot SET participant_id = NULL",
        "INSERT INTO sealed.kit_content (kit_number, arm, lot, received_by_id) VALUES ('K', '', '', 1)",
        "SELECT allocation.opened('', '')",
        "SELECT allocation.told('')",
        "SELECT allocation.reseal('')",
        "SELECT allocation.reveal(1)",
        "SELECT allocation.ask_to_reveal(1, 'why', 'unb_x', now())",
        "SELECT allocation.contents(1)",
        "SELECT allocation.lists(1)",
        "SELECT allocation.slots_of(1)",
        "SELECT allocation.receive_shipment(1, 1, '{}', '[]', '[]', now())",
        "SELECT allocation.make_list(1, 1, 's', '{}', '[]', 'm', '{}', '[]', now())",
        "SELECT allocation.seal_list(1, 'd', 'p', now())",
        "SELECT allocation.minimise(1, '{}', 1)",
        "SELECT allocation.digest_of(1)",
        "SELECT allocation.require_role(ARRAY['pharmacist'], 1)",
    ],
)
def test_the_runtime_login_is_refused(db, ben, statement):
    with reading_as(ben), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False,)
            cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM patients_participant",
        "SELECT * FROM pharmacy_kit",
        "SELECT * FROM core_person",
        'SELECT * FROM "vault"."identity"',
        "SELECT * FROM audit.entry",
        "SELECT * FROM allocation.slot",
        "UPDATE pharmacy_kit SET state = 'returned'",
        "SELECT allocation.allocate(1, 'S01', '{}', now())",
    ],
)
def test_the_unblinded_login_is_refused_everything_but_its_functions(own_database, world, phil, statement):
    with reading_as(phil, using="unblinded"), pytest.raises(DatabaseError, match="permission denied"):
        with connections["unblinded"].cursor() as cursor:
            cursor.execute(statement)


def test_contents_open_to_the_pharmacist_of_the_site_only_and_the_reading_is_logged(
    own_database, world, phil, ben, stan
):
    site = world.sites["A"]

    contents = allocation.contents_of(site.pk, by=phil)

    assert len(contents) == KITS
    for other, place in ((ben, site), (stan, site), (phil, world.sites["B"])):
        with pytest.raises(Refused, match="not open to you"):
            allocation.contents_of(place.pk, by=other)
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT actor_id FROM audit.access WHERE kind = 'kit contents'")
        assert cursor.fetchall() == [(phil.pk,)]


def test_the_answer_to_a_reveal_needs_a_committed_question(own_database, world, ada, ben):
    (participant,) = enrolled(world, by=ben, number=1)
    allocate(participant, by=ben)

    with pytest.raises(Refused, match="not on record"), contribution(by=ada, reason="why", using="unblinded"):
        log_id, _ = allocation.ask_to_reveal(participant_id=participant.pk, reason="why", by=ada, at=AT)
        allocation.reveal(log_id, by=ada)

    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM allocation.reveal_log")
        assert cursor.fetchone() == (0,)


def test_a_reveal_is_logged_before_it_is_answered_and_only_to_who_asked(own_database, world, ada, mel, ben):
    (participant,) = enrolled(world, by=ben, number=1)
    allocate(participant, by=ben)
    log_id, _ = allocation.ask_to_reveal(participant_id=participant.pk, reason="Seizure", by=ada, at=AT)
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT participant_id, actor_id, reason FROM allocation.reveal_log")
        logged = cursor.fetchall()
        cursor.execute("SELECT arm FROM allocation.slot WHERE participant_id = %s", [participant.pk])
        arm = cursor.fetchone()[0]

    assert logged == [(participant.pk, ada.pk, "Seizure")]
    assert allocation.reveal(log_id, by=ada) == arm
    with pytest.raises(Refused, match="not on record"):
        allocation.reveal(log_id, by=mel)
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT to_jsonb(u) FROM pharmacy_unblinding u WHERE set_config('app.maintenance','on',true)='on'"
        )
        assert arm not in str(cursor.fetchall())


@pytest.mark.parametrize("username", ["ben", "cleo", "phil", "stan", "dev", "tess"])
def test_nobody_else_can_ask_to_reveal(own_database, world, ben, username):
    (participant,) = enrolled(world, by=ben, number=1)
    allocate(participant, by=ben)

    with pytest.raises(Refused):
        allocation.ask_to_reveal(participant_id=participant.pk, reason="why", by=world.people[username], at=AT)


def test_who_was_not_randomised_cannot_be_unblinded(own_database, world, ada, ben):
    (participant,) = enrolled(world, by=ben, number=1)

    with pytest.raises(Refused, match="nothing to unblind"):
        allocation.ask_to_reveal(participant_id=participant.pk, reason="why", by=ada, at=AT)


def test_the_list_of_the_tests_is_sealed_with_its_digest_and_signature(own_database, world, stan):
    overview = allocation.lists(trial_id=world.trial.pk, by=stan)

    assert len(overview) == 1 and overview[0].sealed_at is not None
    assert overview[0].used["S01"][0] == 0 and overview[0].used["S01"][1] >= SLOTS
