"""Edit checks at entry: what cannot be right is refused, what is doubtful is confirmed with a reason."""

from collections.abc import Mapping
from datetime import datetime

from assessments import queries
from assessments.form_versions import definition_asked
from assessments.models import Assessment, CheckConfirmation
from core.errors import Refused
from core.models import Person
from protocol.edit_checks import HARD, EditCheck
from protocol.scoring import opener_of


def hold_checks(assessment: Assessment, *, confirmations: Mapping[str, str], by: Person, at: datetime) -> None:
    """Judges the answers of a form that is about to be locked, and keeps why the doubtful ones are right.

    Raises Refused, naming the field, for the first check that stands in the way.
    """
    answers = queries.answers_for(assessment)
    block = definition_asked(assessment).instruments[assessment.instrument]
    for number in queries.unasked_answers(assessment):
        if answers.get(number):
            gate = opener_of(block, number)
            sentence = f"Item {number} is asked only where item {gate} is answered above 0. Take one of the two back."
            raise Refused(sentence, field=f"item_{number}")
    doubted = queries.fired_checks(assessment, answers)
    for check in doubted:
        if check.level == HARD:
            raise Refused(check.text, field=_field_of(check))
        if not confirmations.get(check.code, "").strip():
            raise Refused("Correct the answer, or say why it is right.", field=f"confirm_{check.code}")
    CheckConfirmation.objects.bulk_create(
        CheckConfirmation(
            assessment=assessment, site_id=assessment.site_id, check_code=check.code, text=check.text,
            reason=confirmations[check.code].strip(), confirmed_at=at, recorded_by=by,
        )
        for check in doubted
    )  # fmt: skip


def hold_hard_checks(assessment: Assessment) -> None:
    """Raises Refused when the answers that stand after a correction cannot be right together."""
    for check in queries.fired_checks(assessment, queries.answers_for(assessment)):
        if check.level == HARD:
            raise Refused(check.text, field="value")


def _field_of(check: EditCheck) -> str:
    own = next((name for name in check.expression.names if name[1:].isdigit()), None)
    return f"item_{own[1:]}" if own else ""
