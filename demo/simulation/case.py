"""A serious case that has run its course: reported, received, judged, told in words, sent, and told to regulators."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.contributions import reading_as
from core.models import Person
from demo.people import PASSWORD
from reports import actions, queries
from reports.queries import Entered
from safety import actions as safety
from safety.actions import EventDescription

if TYPE_CHECKING:
    from demo.simulation.course import Course

TERM = "Anxiety"
OFFICER, APART = "sofia", "stan"
LATER = timedelta(hours=3)


def report_case(course: "Course", at: datetime) -> None:
    """Reports a serious event of which everything was done that there is to do."""
    officer = Person.objects.get(username=OFFICER)
    with course.acting(course.coordinator):
        event = safety.report_adverse_event(
            course.participant,
            description=EventDescription(
                term=TERM,
                started_on=course.day_of(at).isoformat(),
                severity="severe",
                valence="unwelcome",
                seriousness=("hospitalisation",),
                action_taken="Observed on the ward for a night",
                drug_action="not_changed",
                ongoing=False,
                ended_on=course.day_of(at).isoformat(),
                outcome="recovered",
            ),
            site_aware_at=at,
            submission_id=course.key(),
            by=course.coordinator,
            at=at,
        )
    with course.acting(course.investigator):
        safety.revise_adverse_event(
            event, changes={"causality": "possible"}, reason="Relation assessed by the investigator",
            by=course.investigator, at=at,
        )  # fmt: skip
    with course.acting(officer):
        safety.receive_at_sponsor(event, by=officer, at=at)
        safety.judge_expectedness(
            event, expectedness="unexpected", sponsor_causality="possible", by=officer, at=at, determined_at=at,
            departure="A night in hospital is more than is listed",
        )  # fmt: skip
        draft = queries.draft_narrative(event, safety.latest_revision(event))
        actions.keep_narrative(
            event, text=draft, reason="Drafted from the record and read", seen_number=0, by=officer, at=at
        )
        report = actions.make_report(
            event, entered=Entered("90000001", "1.0"), submission_id=course.key(), by=officer, at=at + LATER
        )
        actions.queue_report(report, receiver="regulator_eu", by=officer, at=at + LATER)
        for clock in event.clocks.filter(met_at=None, superseded_at=None).order_by("id"):
            safety.meet_clock(clock, note="With the report of the case", by=officer, at=at + LATER)
    _tell_regulators(course.participant.screening_number, at=at + LATER)


def _tell_regulators(subject: str, *, at: datetime) -> None:
    """Reports the case unblinded, as the statistician would who alone may."""
    apart = Person.objects.get(username=APART)
    with reading_as(apart):
        case = next(case for case in queries.regulator_cases(by=apart) if case.subject == subject)
        actions.report_unblinded(
            case, reason="Suspected unexpected serious reaction, to be reported", password=PASSWORD, by=apart, at=at
        )
    with reading_as(apart):
        case = next(case for case in queries.regulator_cases(by=apart) if case.subject == subject)
        for code, receiver in queries.receivers().items():
            if code.startswith("regulator"):
                actions.record_sent(case, receiver=receiver, reference=f"{case.number}-{code}", by=apart, at=at)
