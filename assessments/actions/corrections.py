"""Corrections of a locked form: another answer to one item, with reason and signature; the scores follow."""

from datetime import datetime

from assessments import queries
from assessments.actions.checks import hold_hard_checks
from assessments.actions.ratings import check_answer, check_in_time, check_owner
from assessments.actions.scoring import score_anew, scored_as_system
from assessments.instruments import is_guess
from assessments.models import Assessment, AssessmentState, ItemCorrection
from assessments.scores import stored_answer
from core.contributions import contribution
from core.errors import Conflict, Refused, WrongPassword
from core.models import Person, SignatureMeaning
from core.signatures import sign
from protocol.scoring import Answer, NotDone
from trials.queries import definition_of


def correct_item(
    assessment: Assessment, *, item: int, value: Answer, seen_version: int, reason: str, password: str, by: Person,
    at: datetime,
) -> ItemCorrection:  # fmt: skip
    """Writes another answer beside the one that was locked, signs the form anew, and computes its scores again.

    The signature that covered the old answer is superseded. Raises Refused when the form is not locked, the answer is
    out of range or stands already, or no reason is given; Conflict when somebody corrected the item meanwhile;
    WrongPassword when the password is not the signer's.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was corrected.", field="password")
    _check(assessment, item=item, value=value, reason=reason, by=by)
    with contribution(by=by, reason=reason.strip()):
        held = Assessment.objects.select_for_update(of=("self",)).select_related("protocol_version").get(
            pk=assessment.pk
        )  # fmt: skip
        known, version = queries.answers_for(held), queries.versions_of(held).get(item, 0)
        if version != seen_version:
            raise Conflict("Somebody else corrected this answer meanwhile. Look at the new one, then decide.")
        if known.get(item) == value:
            raise Refused("This is the answer that stands.", field="value")
        before = scored_as_system(held)
        correction = ItemCorrection.objects.create(
            assessment=held, site_id=held.site_id, item=item, version=version + 1, replaced=_words(known.get(item)),
            reason=reason.strip(), corrected_at=at, recorded_by=by, **stored_answer(value),
        )  # fmt: skip
        hold_hard_checks(held)
        sign(held, by=by, password=password, meaning=SignatureMeaning.AUTHORSHIP, at=at)
        score_anew(held, cause=correction, before=before, at=at)
        return correction


def _check(assessment: Assessment, *, item: int, value: Answer, reason: str, by: Person) -> None:
    check_owner(assessment, by=by)
    if assessment.state != AssessmentState.LOCKED:
        raise Refused("Only what is locked is corrected. Change the answer itself.")
    if is_guess(definition_of(assessment.protocol_version), assessment.instrument):
        raise Refused("A guess stands as it was made.")
    check_in_time(assessment)
    asked = {each.number: each for each in queries.items_for(assessment)}
    check_answer(asked.get(item), item, value, field="value")
    if not reason.strip():
        raise Refused("Say why the answer is corrected.", field="reason")


def _words(value: Answer) -> str:
    if isinstance(value, NotDone):
        return f"not done: {value.reason}"
    return "not answered" if value is None else str(value).replace("_", " ")
