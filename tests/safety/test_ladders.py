"""Tests of the ladders of clocks: every step once, late ones told as late, ended by a name and by nothing else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import Conflict, Refused
from reminders.models import Reminder
from safety import actions, queries
from safety.models import ClockStep
from safety.tasks import climb_ladders
from tests.cast import AT, PASSWORD

SERIOUS = ("hospitalisation",)


def steps(event):
    return {step.code: step for step in ClockStep.objects.filter(clock__event=event)}


@pytest.fixture
def climbed(world):
    """Climbs every ladder at some hours after the site's awareness."""

    def at(hours):
        from core.models import Person

        by = Person.objects.system("safety")
        return [step.code for step in actions.climb(by=by, at=AT + timedelta(hours=hours), most=50)]

    return at


def test_the_steps_stand_in_rows_the_moment_the_clock_starts(report):
    hours = {
        code: (step.due_at - AT).total_seconds() / 3600 for code, step in steps(report(seriousness=SERIOUS)).items()
    }

    # A whole day before the end lies at the start of a day's clock, and is no step of it.
    assert hours == {"E1": 0, "E2": 12, "E4": 20, "E5": 24}


def test_each_step_is_taken_once_and_tells_whom_the_protocol_names(report, climbed):
    event = report(seriousness=SERIOUS)

    assert (climbed(0.01), climbed(0.01), climbed(12.01), climbed(20.01)) == (["E1"], [], ["E2"], ["E4"])
    told = Reminder.objects.filter(key__contains=":E4:").values_list("person__username", flat=True)
    assert set(told) == {"ada", "mel", "sofia"}
    assert [step.late for step in steps(event).values() if step.taken_at] == [False, False, False]


def test_a_watch_that_was_down_takes_every_step_later_and_says_it_was_late(report, climbed):
    event = report(seriousness=SERIOUS)

    assert climbed(21) == ["E1", "E2", "E4"]
    assert {code for code, step in steps(event).items() if step.late} == {"E1", "E2", "E4"}


def test_a_name_ends_the_ladder_but_for_the_step_that_always_comes(report, climbed, sofia):
    event = report(seriousness=SERIOUS)
    climbed(0.01)

    actions.acknowledge_steps(event.clocks.get(), note="I write the report tonight", by=sofia, at=AT)

    climbed(24.01)
    assert {code: step.left_out for code, step in steps(event).items()} == {
        "E1": "", "E2": "Somebody has taken it by name", "E4": "Somebody has taken it by name", "E5": "",
    }  # fmt: skip
    assert steps(event)["E5"].acknowledged_at is None


def test_taking_a_clock_needs_a_word_and_something_that_waits(report, climbed, sofia):
    clock = report(seriousness=SERIOUS).clocks.get()

    with pytest.raises(Conflict):
        actions.acknowledge_steps(clock, note="Mine", by=sofia, at=AT)
    climbed(0.01)
    with pytest.raises(Refused, match="what happens now"):
        actions.acknowledge_steps(clock, note=" ", by=sofia, at=AT)
    assert actions.acknowledge_steps(clock, note="Mine", by=sofia, at=AT) == 1


def test_a_clock_that_was_met_or_fell_away_tells_nobody(report, climbed, ada, ben):
    met, gone = report(seriousness=SERIOUS), report(seriousness=SERIOUS, term="Fall")
    actions.meet_clock(met.clocks.get(), note="By telephone", by=ada, at=AT)
    actions.revise_adverse_event(gone, changes={"seriousness": ()}, reason="Never admitted", by=ben, at=AT)

    climbed(25)

    assert {step.left_out for event in (met, gone) for step in steps(event).values()} == {"The clock no longer runs"}
    assert not Reminder.objects.filter(key__contains=":E1:").exists()


def test_mail_that_does_not_leave_opens_the_telephone_list_and_says_so(report, climbed, nina):
    event = report(seriousness=SERIOUS)
    climbed(0.01)
    # Nobody sends: what E1 told still waits twelve hours later.
    climbed(12.01)

    assert (steps(event)["E2"].mail_failed, steps(event)["E2"].calls) == (True, True)


def test_the_board_lists_whom_to_telephone_until_a_name_stands(report, climbed, sofia, client_for):
    event, board = report(seriousness=SERIOUS), reverse("safety:board")
    client = client_for(sofia)
    climbed(20.01)

    assert "To be telephoned" in client.get(board).content.decode()
    clock = event.clocks.get()
    client.post(reverse("safety:clock-take", args=[clock.public_id]), {f"{clock.public_id}-note": "I call the site"})
    assert "To be telephoned" not in client.get(board).content.decode()


def test_taking_a_clock_without_a_word_comes_back(report, climbed, ada, client_for):
    clock = report(seriousness=SERIOUS).clocks.get()
    climbed(0.01)

    answer = client_for(ada).post(reverse("safety:clock-take", args=[clock.public_id]), {})

    assert answer.status_code == 422 and "Say what happens now" in answer.content.decode()


def test_the_task_climbs_by_the_databases_clock(report):
    event = report(seriousness=SERIOUS)

    assert climb_ladders() >= 1
    assert steps(event)["E1"].late


# --- day 0, follow-ups and events that count for nothing -------------------------------------------------------------


def due(event):
    return dict(event.clocks.filter(superseded_at__isnull=True).values_list("rule", "due_at"))


def test_an_earlier_day_0_shortens_the_clock_and_keeps_the_one_before(report, ada):
    event = report(seriousness=SERIOUS)

    actions.correct_day_zero(
        event, aware_at=AT - timedelta(hours=5), reason="The ward had called at four", by=ada, at=AT
    )

    assert due(event) == {"site_to_sponsor_sae": AT + timedelta(hours=19)}
    assert event.clocks.get(superseded_at__isnull=False).superseded_reason == "The ward had called at four"


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "future"), (0, "already")], ids=["in the future", "the same moment"]
)  # fmt: skip
def test_a_day_0_that_cannot_be_is_refused(report, ada, hours, words):
    with pytest.raises(Refused, match=words):
        actions.correct_day_zero(
            report(seriousness=SERIOUS), aware_at=AT + timedelta(hours=hours), reason="So", by=ada, at=AT
        )


def test_the_site_was_not_aware_after_the_sponsor_received(report, ada, sofia):
    event = report(seriousness=SERIOUS)
    actions.receive_at_sponsor(event, by=sofia, at=AT + timedelta(hours=1))

    with pytest.raises(Refused, match="received the event before"):
        actions.correct_day_zero(
            event, aware_at=AT + timedelta(hours=2), reason="So", by=ada, at=AT + timedelta(hours=3)
        )


def test_a_nullified_event_stops_its_clocks_and_counts_again_when_restored(report, ada, nina):
    event = report(seriousness=SERIOUS, causality="possible")

    actions.nullify_event(event, reason="Of another participant", by=ada, at=AT)
    assert due(event) == {}
    actions.restore_event(event, reason="It was hers after all", by=ada, at=AT + timedelta(hours=3))

    assert due(event) == {"site_to_sponsor_sae": AT + timedelta(hours=24)}
    assert event.revisions.count() == 3
    with pytest.raises(Refused):
        actions.restore_event(event, reason="Again", by=ada, at=AT + timedelta(hours=3))


def test_what_the_first_report_lacks_has_a_clock_of_its_own(report, ada, sofia):
    event = report(seriousness=("life_threatening",))
    actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=AT)
    actions.receive_at_sponsor(event, by=sofia, at=AT)
    actions.judge_expectedness(event, expectedness="unexpected", sponsor_causality="possible", by=sofia, at=AT)

    assert due(event)["eu_susar_7day_follow_up"] - due(event)["eu_susar_7day"] == timedelta(days=8)


def test_the_board_of_a_region_shows_its_clocks_and_everybodys(report, ada, sofia, client_for):
    test_what_the_first_report_lacks_has_a_clock_of_its_own(report, ada, sofia)
    text = client_for(sofia).get(reverse("safety:board"), {"region": "us"}).content.decode()

    assert "IND 7-day" in text and "EU SUSAR 7-day" not in text


def test_the_page_corrects_day_0_and_nullifies(report, ada, ben, client_for):
    event = report(seriousness=SERIOUS)
    correct = reverse("safety:day-zero-correct", args=[event.public_id])
    nullify = reverse("safety:adverse-event-nullify", args=[event.public_id])

    assert client_for(ben).post(nullify, {"reason": "x"}).status_code == 404
    assert client_for(ada).post(correct, {"aware_at": "2026-01-05T07:00", "reason": ""}).status_code == 422
    client_for(ada).post(correct, {"aware_at": "2026-01-05T07:00", "reason": "The ward had called"})
    text = client_for(ada).post(nullify, {"reason": "Of another person"}, follow=True).content.decode()

    assert "Nullified" in text and "corrected" in text
    assert queries.standing(event).nullified
