"""A serious case that has run its course: reported, received, judged, told in words, and on its way to receivers."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.models import Person
from reports import actions, queries
from reports.queries import Entered
from safety import actions as safety
from safety.actions import EventDescription

if TYPE_CHECKING:
    from demo.simulation.course import Course

TERM = "Anxiety"
OFFICER = "sofia"
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
            event, changes={"causality": "unlikely"}, reason="Relation assessed by the investigator",
            by=course.investigator, at=at,
        )  # fmt: skip
    with course.acting(officer):
        safety.receive_at_sponsor(event, by=officer, at=at)
        safety.judge_expectedness(
            event, expectedness="expected", sponsor_causality="unlikely", by=officer, at=at, determined_at=at
        )
        draft = queries.draft_narrative(event, safety.latest_revision(event))
        actions.keep_narrative(
            event, text=draft, reason="Drafted from the record and read", seen_number=0, by=officer, at=at
        )
        report = actions.make_report(
            event, entered=Entered("90000001", "1.0"), submission_id=course.key(), by=officer, at=at + LATER
        )
        actions.queue_report(report, receiver="regulator_eu", by=officer, at=at + LATER)
