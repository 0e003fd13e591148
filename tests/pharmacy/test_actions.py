"""Randomise, dispense before a witness, return, receive and unblind, through the actions."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from core.contributions import contribution, reading_as
from core.errors import Conflict, Refused, WrongPassword
from core.signatures import standing_signatures
from patients.models import Participant, Randomisation
from pharmacy import actions, allocation, queries
from pharmacy.allocation import KitArrival
from pharmacy.models import AllocationList, Kit, KitMovement, Unblinding
from protocol.expressions import Truth
from reminders.models import Reminder
from tests import stages
from tests.cast import AT, PASSWORD, SHIPMENT
from tests.databases import owner_cursor


@pytest.fixture
def ready(world, ben, ada):
    return stages.ready_to_randomise(world, by=ben, investigator=ada, at=AT)


@pytest.fixture
def given(ready, ben):
    actions.randomise(ready, submission_id=uuid.uuid4(), by=ben, at=AT)
    return ready


@pytest.fixture
def dosing_visit(given):
    return given.visits.get(code="V5")


def test_a_ready_participant_gets_a_number_a_kit_and_a_signature(ready, ben):
    randomisation = actions.randomise(ready, submission_id=uuid.uuid4(), by=ben, at=AT, password=PASSWORD)

    kit = Kit.objects.get(number=randomisation.kit_number)
    assert (kit.state, kit.participant_id, randomisation.stratum) == ("assigned", ready.pk, "S01")
    assert Participant.objects.get(pk=ready.pk).status == "randomised"
    assert [signature.signer for signature in standing_signatures(randomisation)] == [ben]


def test_asking_again_answers_the_same_row(given, ben):
    first = Randomisation.objects.get(participant=given)

    again = actions.randomise(given, submission_id=uuid.uuid4(), by=ben, at=AT + timedelta(hours=1))

    assert again == first and Kit.objects.filter(state="assigned").count() == 1


def test_twenty_requests_at_once_make_one_randomisation(own_database, world, ben, ada):
    with reading_as(ben):
        ready = stages.ready_to_randomise(world, by=ben, investigator=ada, at=AT)

    def one(_):
        try:
            with reading_as(ben):
                participant = Participant.objects.select_related("site").get(pk=ready.pk)
                return actions.randomise(participant, submission_id=uuid.uuid4(), by=ben, at=AT).public_id
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(20) as clients:
        answers = set(clients.map(one, range(20)))

    assert len(answers) == 1
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT transaction_id::text, schema_name || '.' || table_name FROM audit.entry"
            " WHERE table_name IN ('slot', 'patients_randomisation', 'pharmacy_kit') AND operation <> 'delete'"
            " AND reason = 'Randomised' ORDER BY id"
        )
        rows = cursor.fetchall()
    assert len({transaction for transaction, _ in rows}) == 1
    assert {table for _, table in rows} == {"sealed.slot", "public.pharmacy_kit", "public.patients_randomisation"}


def test_nothing_is_allocated_with_a_wrong_password(ready, ben):
    with pytest.raises(WrongPassword, match="Nothing was allocated"):
        actions.randomise(ready, submission_id=uuid.uuid4(), by=ben, at=AT, password="wrong")

    assert not Randomisation.objects.exists() and not Kit.objects.filter(state="assigned").exists()


def test_what_is_unknown_is_not_ready_and_names_what_is_missing(world, ben):
    participant = stages.consented(world, by=ben, at=AT)

    state = queries.readiness(participant, at=AT)

    truths = {line.code: line.truth for line in state.lines}
    assert not state.ready
    assert truths["consent_signed"] is Truth.TRUE and truths["list"] is Truth.TRUE and truths["stock"] is Truth.TRUE
    assert truths["washout_complete"] is Truth.UNKNOWN and truths["eligibility_confirmed"] is Truth.UNKNOWN
    assert truths["signed"] is Truth.FALSE and truths["enrolled"] is Truth.FALSE
    with pytest.raises(Refused, match="Nothing was allocated") as refusal:
        actions.randomise(participant, submission_id=uuid.uuid4(), by=ben, at=AT)
    assert any("washout ok missing" in line for line in refusal.value.details)


def test_a_change_after_the_signature_closes_the_door_again(ready, ben):
    with contribution(by=ben, reason="Test"):
        ready.eligibility_assessments.model.objects.create(
            participant=ready, site=ready.site, visit_code="V4", protocol_version=ready.protocol_version,
            result="eligible", criteria=[], judged_at=AT + timedelta(minutes=1), recorded_by=ben,
        )  # fmt: skip

    assert [line.code for line in queries.readiness(ready, at=AT).open_lines] == ["signed"]


def test_before_consent_there_is_one_open_line(world, ben):
    from patients.actions import add_participant
    from patients.identity import IdentityDetails

    participant = add_participant(
        site=world.sites["A"],
        identity=IdentityDetails("A B", date(1980, 1, 1)),
        first_contact_on=AT.date(),
        by=ben,
        at=AT,
    )

    assert [line.code for line in queries.readiness(participant, at=AT).lines] == ["consent"]


def test_a_kit_is_dispensed_once_to_its_visit_before_a_witness(given, dosing_visit, phil, ben):
    movement = actions.dispense_kit(given.kit, visit=dosing_visit, witness=ben, by=phil, at=AT)
    again = actions.dispense_kit(given.kit, visit=dosing_visit, witness=ben, by=phil, at=AT)

    assert again == movement and queries.kit_for_visit(dosing_visit) == given.kit
    assert [row.kind for row in queries.ledger_of(given.kit)] == ["receipt", "store", "dispense"]


def test_handler_and_witness_are_two_people_in_the_action_and_in_the_database(given, dosing_visit, phil):
    with pytest.raises(Refused, match="somebody else"):
        actions.dispense_kit(given.kit, visit=dosing_visit, witness=phil, by=phil, at=AT)
    with pytest.raises(IntegrityError, match="witness_is_another_person"), transaction.atomic():
        with contribution(by=phil, reason="Test"):
            KitMovement.objects.create(
                kit=given.kit, kind="dispense", visit=dosing_visit, witness=phil, observed_at=AT,
                site=given.site, recorded_by=phil,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("handler", "witness", "duty"),
    [("tess", "ben", "dispenser"), ("phil", "tess", "witness")],
    ids=["handler", "witness"],
)
def test_somebody_without_the_duty_is_refused(world, given, dosing_visit, handler, witness, duty):
    with pytest.raises(Refused, match=f"duty “{duty}”"):
        actions.dispense_kit(
            given.kit, visit=dosing_visit, witness=world.people[witness], by=world.people[handler], at=AT
        )


def test_a_wrong_password_of_the_witness_is_refused(ben):
    with pytest.raises(WrongPassword, match="witness's password"):
        actions.authenticate_witness(ben, password="wrong")

    actions.authenticate_witness(ben, password=PASSWORD)


def test_a_kit_of_somebody_else_an_expired_kit_and_another_visit_are_refused(given, dosing_visit, phil, ben):
    other = Kit.objects.filter(state="in_stock", site=given.site).first()
    with pytest.raises(Refused, match="not assigned to this participant"):
        actions.dispense_kit(other, visit=dosing_visit, witness=ben, by=phil, at=AT)
    with pytest.raises(Refused, match="open dosing visit"):
        actions.dispense_kit(given.kit, visit=given.visits.get(code="V6"), witness=ben, by=phil, at=AT)
    with contribution(by=ben, reason="Test"):
        Kit.objects.filter(pk=given.kit.pk).update(expires_on=AT.date())
    with pytest.raises(Refused, match="expired"):
        actions.dispense_kit(Kit.objects.get(pk=given.kit.pk), visit=dosing_visit, witness=ben, by=phil, at=AT)


def test_a_kit_comes_back_once_from_the_visit_it_was_dispensed_to(given, dosing_visit, phil, ben):
    with pytest.raises(Refused, match="not dispensed"):
        actions.return_kit(given.kit, visit=dosing_visit, remains="Empty", witness=ben, by=phil, at=AT)
    actions.dispense_kit(given.kit, visit=dosing_visit, witness=ben, by=phil, at=AT)

    back = actions.return_kit(given.kit, visit=dosing_visit, remains="Empty", witness=ben, by=phil, at=AT)

    assert actions.return_kit(given.kit, visit=dosing_visit, remains="Empty", witness=ben, by=phil, at=AT) == back


@pytest.mark.parametrize(
    ("change", "words"),
    [({"arm": "NONE"}, "none of the trial's"), ({"expires_on": AT.date()}, "expired"), (None, "no kit")],
    ids=["unknown content", "expired", "empty shipment"],
)
def test_a_faulty_shipment_is_refused_whole(world, phil, ben, change, words):
    arm = trial_arms(world)[0]
    kit = KitArrival(**({"number": "K1", "arm": arm, "lot": "L", "expires_on": date(2030, 1, 1)} | (change or {})))

    with pytest.raises(Refused, match="not received") as refusal:
        actions.receive_kits(
            world.sites["A"], kits=[kit] if change is not None else [], note=SHIPMENT, witness=ben, by=phil, at=AT
        )

    assert words in refusal.value.details[0]


def test_a_known_number_refuses_the_whole_shipment(own_database, world, phil, ben):
    arms = trial_arms(world)
    with reading_as(phil):
        known = Kit.objects.first().number
        kits = [KitArrival(number, arms[0], "L", date(2030, 1, 1)) for number in ("K1", known)]

        with pytest.raises(Refused, match="known already"):
            actions.receive_kits(world.sites["A"], kits=kits, note=SHIPMENT, witness=ben, by=phil, at=AT)

        assert not Kit.objects.filter(number="K1").exists()


def test_unblinding_answers_the_arm_and_keeps_everything_but_the_arm(own_database, world, ada, ben, sofia):
    with reading_as(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT arm FROM allocation.slot WHERE participant_id = %s", [participant.pk])
        arm = cursor.fetchone()[0]

    with reading_as(ada):
        revealed = actions.unblind(participant, reason="Seizure", password=PASSWORD, by=ada, at=AT)

    assert (revealed.arm, bool(revealed.arm_name)) == (arm, True)
    with reading_as(ada):
        kept = Unblinding.objects.get()
        assert (kept.participant_id, kept.recorded_by, kept.reason) == (participant.pk, ada, "Seizure")
        notice = Reminder.objects.get(template="unblinding_notice")
        assert notice.person == sofia and arm not in notice.key


@pytest.mark.parametrize(
    ("reason", "password", "error"),
    [("why", "wrong", WrongPassword), ("  ", PASSWORD, Refused)],
    ids=["password", "reason"],
)
def test_a_wrong_password_or_no_reason_reveals_nothing(own_database, world, ada, ben, reason, password, error):
    with reading_as(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)

    with reading_as(ada), pytest.raises(error, match="Nothing was revealed"):
        actions.unblind(participant, reason=reason, password=password, by=ada, at=AT)

    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM allocation.reveal_log")
        assert cursor.fetchone() == (0,)


def test_the_statistician_makes_previews_and_seals_a_list(unsealed, stan):
    with reading_as(stan):
        made = actions.make_allocation_list(unsealed.version, slots_per_stratum=12, by=stan, at=AT)
        draft = allocation.lists(trial_id=unsealed.trial.pk, by=stan)[0]
        slots = allocation.slots_of(made, by=stan)

        sealed = actions.seal_allocation_list(made, shown_digest=draft.digest, password=PASSWORD, by=stan, at=AT)

        assert len(slots) >= 24 and len(draft.seed) == 32 and draft.sealed_at is None
        assert sealed.digest == draft.digest and sealed.strata == ["S01", "S02"]
        assert [signature.signer for signature in standing_signatures(sealed)] == [stan]


def test_a_draft_that_is_not_the_one_shown_is_not_sealed(unsealed, stan):
    with reading_as(stan):
        made = actions.make_allocation_list(unsealed.version, slots_per_stratum=12, by=stan, at=AT)

        with pytest.raises(Conflict, match="not the one"):
            actions.seal_allocation_list(made, shown_digest="0" * 64, password=None, by=stan, at=AT)
        with pytest.raises(WrongPassword, match="not sealed"):
            actions.seal_allocation_list(made, shown_digest="0" * 64, password="wrong", by=stan, at=AT)

        assert not AllocationList.objects.exists()


def test_a_second_list_is_refused_while_one_is_sealed(own_database, world, stan):
    with reading_as(stan), pytest.raises(Refused, match="never changed"):
        actions.make_allocation_list(world.version, slots_per_stratum=12, by=stan, at=AT)


def trial_arms(world):
    from trials.queries import definition_of

    return [arm.code for arm in definition_of(world.version).arms]
