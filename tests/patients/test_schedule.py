"""The participant's schedule through the actions: the protocol's worked example, to the day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.errors import Refused
from core.permissions import Viewer
from core.worklist import lines_of
from patients import actions, queries
from patients.identity import IdentityDetails
from patients.worklist import OF_OTHER_ROOMS, worklist_items
from tests.stages import consented, facts_at

CONSENTED_AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=CONSENTED_AT)


def take_place(participant, code, day, by):
    visit = participant.visits.get(code=code)
    moment = datetime(day.year, day.month, day.day, 10, 0, tzinfo=UTC)
    actions.start_visit(visit, by=by, at=moment)
    for procedure in visit.procedures.all():
        actions.record_procedure(visit, code=procedure.code, state="done", by=by, at=moment)
    actions.finish_visit(visit, by=by, at=moment + timedelta(hours=1))


def test_schedule_after_consent_equals_the_worked_example(participant):
    example = queries.definition_for(participant).source["worked_example"]

    rows = {visit.code: visit for visit in participant.visits.all()}

    for code, expected in example["visits"].items():
        found = rows[code]
        assert (found.target_on, found.earliest_on, found.latest_on) == (
            expected["target"],
            expected["earliest"],
            expected["latest"],
        ), code
    contacts = [rows[f"V5-PH{day}"].target_on for day in range(2, 8)]
    assert contacts == example["phone_contacts_V5"]


def test_slipped_first_dose_moves_everything_anchored_on_it(participant, ben):
    slipped = queries.definition_for(participant).source["worked_example"]["slipped"]
    days = {"V0": date(2026, 1, 5), "V1": date(2026, 1, 12), "V2": date(2026, 1, 19), "V3": date(2026, 1, 26)}
    for code, day in (days | {"V4": date(2026, 1, 30), "V5": slipped["actual_V5"]}).items():
        take_place(participant, code, day, ben)

    v10 = participant.visits.get(code="V10")

    assert v10.target_on == slipped["V10_target"]
    assert v10.earliest_on == slipped["V10_earliest"]
    assert v10.latest_on == slipped["V10_latest"]
    assert v10.anchored_on_actual
    assert participant.visits.get(code="V3").target_on == date(2026, 1, 26)


def test_move_preview_lists_dependents_and_writes_nothing(participant):
    visit = participant.visits.get(code="V5")

    preview = actions.preview_move(visit, starts_at=datetime(2026, 2, 7, 9, 0, tzinfo=UTC))

    moved = {line.before.code: line.after.target_on for line in preview.lines}
    assert moved["V10"] == date(2026, 3, 7)
    assert "V3" not in moved
    assert participant.visits.get(code="V10").target_on == date(2026, 3, 2)


def test_no_procedure_before_consent(world, ben, site_a):
    details = IdentityDetails("Nina Sample", date(1990, 1, 1))
    person = actions.add_participant(
        site=site_a, identity=details, first_contact_on=date(2026, 1, 2), by=ben, at=CONSENTED_AT
    )

    with pytest.raises(Refused, match="No procedure before consent"):
        facts_at(person, {"weight_kg": "70"}, by=ben, at=CONSENTED_AT)


def test_later_visit_waits_for_the_visit_it_must_follow(participant, ben):
    dosing = participant.visits.get(code="V5")

    with pytest.raises(Refused, match="V4"):
        actions.start_visit(dosing, by=ben, at=CONSENTED_AT)


def test_booking_outside_the_window_needs_a_move_with_a_reason(participant, ben):
    visit = participant.visits.get(code="V1")
    outside = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)

    with pytest.raises(Refused, match="window"):
        actions.book_visit(visit, starts_at=outside, by=ben, at=CONSENTED_AT)
    with pytest.raises(Refused, match="why"):
        actions.move_visit(visit, starts_at=outside, reason=" ", by=ben, at=CONSENTED_AT)


def test_withdrawal_cancels_visits_and_reminders_at_once(participant, ben):
    actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=CONSENTED_AT)
    visit = participant.visits.get(code="V1")
    actions.book_visit(visit, starts_at=datetime(2026, 1, 12, 9, 0, tzinfo=UTC), by=ben, at=CONSENTED_AT)
    assert participant.reminders.filter(state="waiting").exists()

    actions.withdraw_consent(participant, scope="procedures", reason="Moves away", by=ben, at=CONSENTED_AT)

    assert not participant.reminders.filter(state="waiting").exists()
    assert not participant.visits.filter(state__in=["planned", "booked"]).exists()
    assert participant.status == "withdrawn"


def test_procedures_recorded_together_are_those_that_were_named_and_open(participant, ben):
    visit = participant.visits.get(code="V0")
    with pytest.raises(Refused, match="Start"):
        actions.record_procedures_done(visit, codes=["VITALS"], by=ben, at=CONSENTED_AT)
    actions.start_visit(visit, by=ben, at=CONSENTED_AT)
    first, second, *others = visit.procedures.order_by("id").values_list("code", flat=True)
    actions.record_procedure(visit, code=first, state="not_done", reason="Asked not to", by=ben, at=CONSENTED_AT)

    recorded = actions.record_procedures_done(visit, codes=[first, second], by=ben, at=CONSENTED_AT)

    states = dict(visit.procedures.values_list("code", "state"))
    assert (recorded, states[first], states[second]) == (1, "not_done", "done")
    assert {states[code] for code in others} == {"due"}


def test_a_window_that_is_reckoned_from_a_plan_is_not_called_overdue(participant, ben):
    open_now = participant.visits.filter(state="planned", latest_on__isnull=False).exclude(kind__in=OF_OTHER_ROOMS)
    planned, firm = (open_now.filter(anchored_on_actual=actual).earliest("latest_on") for actual in (False, True))
    late = datetime.combine(max(planned.latest_on, firm.latest_on) + timedelta(days=3), time(12), tzinfo=UTC)

    lines = lines_of(worklist_items(Viewer.at(ben, late), late))

    asked = {line.task for line in lines if line.subject == participant.screening_number}
    assert f"Book {firm.name}" in asked and f"Book {planned.name}" not in asked
