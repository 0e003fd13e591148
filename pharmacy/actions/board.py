"""Reports for the monitoring board: made by the unblinded statistician, frozen; recommendations signed."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.identifiers import random_code
from core.models import Person, SignatureMeaning
from core.signatures import sign
from pharmacy import allocation
from pharmacy.board import ALL_ARMS, frozen_text, report_of, without_arms
from pharmacy.models import BoardRecommendation, OpenBoardReport
from trials.queries import definition_of, latest_version

if TYPE_CHECKING:
    from trials.models import Trial


def make_board_report(trial: "Trial", *, title: str, submission_id: UUID, by: Person, at: datetime) -> OpenBoardReport:
    """Makes the closed and the open report of this moment and freezes both; by arm in the unblinded room alone.

    The same submission answers the report that is there. Raises Refused without a title.
    """
    known = OpenBoardReport.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if not title.strip():
        raise Refused("Give the report a title.", field="title")
    definition = definition_of(latest_version(trial))
    related = definition.adverse_events.related_means
    people, events = allocation.board_rows(trial_id=trial.pk, by=by)
    closed, _ = frozen_text(report_of(people, events, related=related, arms=[arm.code for arm in definition.arms]))
    one_arm = without_arms(people, events)
    content, open_digest = frozen_text(report_of(*one_arm, related=related, arms=[ALL_ARMS]))
    key = f"dmc_{random_code(16)}"
    try:
        with contribution(by=by, reason="Report for the monitoring board"):
            report = OpenBoardReport.objects.create(
                public_id=key,
                trial=trial,
                title=title.strip(),
                content=content,
                digest=open_digest,
                cut_off_at=at,
                submission_id=submission_id,
                recorded_by=by,
            )
            allocation.keep_board_report(trial_id=trial.pk, key=key, content=closed, by=by)
    except IntegrityError:
        # The same form, posted twice at once: the first one won.
        return OpenBoardReport.objects.get(submission_id=submission_id)
    return report


def record_recommendation(
    report: OpenBoardReport,
    *,
    recommendation: str,
    text: str,
    met_on: date,
    password: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> BoardRecommendation:
    """Records what the board recommends after a report, signed; the same submission is recorded once.

    Raises Refused for another recommendation, without its words or for a day to come; WrongPassword writes nothing.
    """
    known = BoardRecommendation.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if recommendation not in dict(BoardRecommendation.RECOMMENDATIONS):
        raise Refused("Choose what the board recommends.", field="recommendation")
    if not text.strip():
        raise Refused("Write what the board says.", field="text")
    if met_on > local_date(at, zone=report.trial.sponsor_zone):
        raise Refused("The meeting lies in the future.", field="met_on")
    with contribution(by=by, reason="Recommendation of the monitoring board"):
        row = BoardRecommendation.objects.create(
            report=report,
            recommendation=recommendation,
            text=text.strip(),
            met_on=met_on,
            submission_id=submission_id,
            recorded_by=by,
        )
        sign(row, by=by, password=password, meaning=SignatureMeaning.REVIEW, at=at)
    return row
