"""Verbs that write assessments: prepare, assign by lot, answer, lock and score."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assessments import queries
from assessments.actions.guesses import keep_guess_of_rater
from assessments.events import AssessmentLocked
from assessments.instruments import (
    INDEPENDENT,
    PARTICIPANT,
    Item,
    form_procedures,
    instrument_code,
    is_before_first_dose,
    rated_procedures,
)
from assessments.models import Assessment, AssessmentScore, AssessmentState, ItemValue
from assessments.scores import TOTAL, Scored, as_text, fact_values
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, SignatureMeaning
from core.signatures import content_digest, sign
from patients import actions as patient_actions
from patients.queries import definition_for
from protocol.definition import Procedure
from protocol.scoring import NOT_APPLICABLE
from reminders.actions import plan_reminder
from trials.queries import definition_of

if TYPE_CHECKING:
    from patients.models import Participant, Visit

Answer = int | str | None
SITE = "site"
DOSING = "dosing"


def prepare_assessments(visit: "Visit", *, by: Person, at: datetime) -> list[Assessment]:
    """Makes what the protocol asks for at a visit ready: ratings with a rater drawn by lot, and questionnaires.

    Where the pool has nobody left, the rating stays without a rater for the coordinator to see.
    """
    participant = visit.participant
    definition = definition_for(participant)
    with contribution(by=by, reason="Assessments of the visit prepared"):
        _hold(participant)
        found = [
            _ready(visit, procedure, _respondent(procedure), by=by)
            for procedure in form_procedures(definition, visit.code)
        ]
        rated = [_ready(visit, procedure, INDEPENDENT, by=by) for procedure in rated_procedures(definition, visit.code)]
        if rated:
            _give_to_rater(rated, _rater_of(visit, at=at), by=by)
        return found + rated


def assign_rater(
    participant: "Participant", *, visit: "Visit", instrument: str, by: Person, at: datetime
) -> Assessment:
    """Gives one instrument of a visit to a rater: the visit's own, else one drawn by lot from the pool.

    Raises Refused when the protocol asks no rater for it here, or when nobody of the pool may meet the participant.
    """
    definition = definition_for(participant)
    asked = {instrument_code(procedure): procedure for procedure in rated_procedures(definition, visit.code)}
    if instrument not in asked:
        raise Refused(f"{instrument} is not rated by an independent rater at this visit.")
    with contribution(by=by, reason=f"Rater assigned to {instrument}"):
        _hold(participant)
        assessment = _ready(visit, asked[instrument], INDEPENDENT, by=by)
        rater = assessment.rater or _rater_of(visit, at=at)
        if rater is None:
            raise Refused(
                "No rater of the pool may rate this participant: each has met the participant as often as the protocol"
                " allows, or holds no delegated duty on that day."
            )
        _give_to_rater([assessment], rater, by=by)
        return assessment


def cancel_assessments(visit: "Visit", *, reason: str, by: Person) -> None:
    """Cancels what is not locked at a visit that will not take place."""
    with contribution(by=by, reason=reason):
        for assessment in Assessment.objects.filter(visit=visit, state__in=queries.OPEN):
            assessment.cancel()
            assessment.save(update_fields=["state"])


def close_what_comes_too_late(visit: "Visit", *, by: Person) -> None:
    """Cancels what had to be locked before the first dose, once a dosing visit has begun."""
    if visit.kind != DOSING:
        return
    waiting = Assessment.objects.filter(participant_id=visit.participant_id, state__in=queries.OPEN)
    late = [each for each in waiting.select_related("protocol_version") if _ends_with_first_dose(each)]
    with contribution(by=by, reason="The first dose came before the answers"):
        for assessment in late:
            assessment.cancel()
            assessment.save(update_fields=["state"])


def enter_item(assessment: Assessment, *, item: int, value: Answer, by: Person, at: datetime) -> ItemValue:
    """Keeps the answer to one item; the same answer again changes nothing, another one keeps the old in the audit.

    `value` is a number, NOT_APPLICABLE, or None to take the answer back. Raises Refused when the item does not exist,
    the answer is out of its range, the assessment is locked, or it is somebody else's.
    """
    return enter_items(assessment, answers={item: value}, by=by, at=at)[0]


def enter_items(
    assessment: Assessment, *, answers: Mapping[int, Answer], by: Person, at: datetime, seen_digest: str = ""
) -> list[ItemValue]:
    """Keeps several answers at once, all of them or none; see enter_item.

    `seen_digest` is the digest of the answers the writer started from; Conflict is raised when others stand now.
    """
    asked = {item.number: item for item in queries.items_for(assessment)}
    for number, value in answers.items():
        _check_answer(asked.get(number), number, value)
    _check_in_time(assessment)
    with contribution(by=by, reason="Answer entered"):
        held = _open_for(assessment, by=by)
        if seen_digest and seen_digest != content_digest(held):
            raise Conflict("Somebody else entered answers while you were typing. Both are shown.")
        if held.state == AssessmentState.READY:
            _start(held, at=at)
        _take_over(assessment, held)
        return _keep(held, answers, by=by)


def lock_assessment(
    assessment: Assessment, *, password: str, by: Person, at: datetime, missing_reason: str = "", guess_basis: str = ""
) -> Assessment:
    """Locks a rating under the rater's signature; scores and facts are computed and written with it.

    Incomplete stays incomplete and needs `missing_reason`; a guess at the arm needs `guess_basis`. Raises
    WrongPassword, or Refused when nothing was answered, items are missing without a reason, or it is locked already.
    """
    with contribution(by=by, reason="Assessment locked"):
        held = _lockable(assessment, missing_reason=missing_reason, by=by)
        _lock(held, missing_reason=missing_reason, at=at)
        # Signed last: any later change of the row would supersede the signature.
        sign(held, by=by, password=password, meaning=SignatureMeaning.AUTHORSHIP, at=at)
        keep_guess_of_rater(held, basis=guess_basis, by=by, at=at)
        _score_as_system(held, at=at)
        _take_over(assessment, held)
        publish(AssessmentLocked(held.pk))
        return assessment


def lock_rating(
    assessment: Assessment, *, password: str, by: Person, at: datetime, missing_reason: str = "", guess_basis: str = ""
) -> list[Assessment]:
    """Locks every part of the interview that is still open, all of them or none; see lock_assessment."""
    said = {"missing_reason": missing_reason, "guess_basis": guess_basis}
    with contribution(by=by, reason="Assessment locked"):
        return [
            lock_assessment(part, password=password, by=by, at=at, **said)
            for part in queries.rating_with(assessment).parts
            if part.state != AssessmentState.LOCKED
        ]


def complete_form(assessment: Assessment, *, by: Person, at: datetime, missing_reason: str = "") -> Assessment:
    """Closes a questionnaire that the site entered for the participant; it is scored and can no longer change."""
    if assessment.respondent == INDEPENDENT:
        raise Refused("A rating is locked by its rater.")
    _check_in_time(assessment)
    with contribution(by=by, reason="Questionnaire completed"):
        held = _lockable(assessment, missing_reason=missing_reason, by=by)
        _lock(held, missing_reason=missing_reason, at=at)
        _score_as_system(held, at=at)
        _take_over(assessment, held)
        publish(AssessmentLocked(held.pk))
        return assessment


def enter_and_complete(
    assessment: Assessment,
    *,
    answers: Mapping[int, Answer],
    seen_digest: str,
    missing_reason: str,
    by: Person,
    at: datetime,
) -> Assessment:
    """Keeps the answers of a questionnaire and closes it, or does neither; see enter_items and complete_form."""
    with contribution(by=by, reason="Questionnaire completed"):
        enter_items(assessment, answers=answers, seen_digest=seen_digest, by=by, at=at)
        return complete_form(assessment, missing_reason=missing_reason, by=by, at=at)


# --- readying and drawing ---


def _ready(visit: "Visit", procedure: Procedure, respondent: str, *, by: Person) -> Assessment:
    instrument = instrument_code(procedure)
    known = Assessment.objects.filter(visit=visit, instrument=instrument, respondent=respondent)
    found = known.exclude(state=AssessmentState.CANCELLED).select_related("rater", "protocol_version").first()
    # Nobody has a visit before consent, and consent puts a participant under a version.
    assert visit.participant.protocol_version is not None
    return found or Assessment.objects.create(
        site_id=visit.site_id,
        participant=visit.participant,
        visit=visit,
        instrument=instrument,
        respondent=respondent,
        protocol_version=visit.participant.protocol_version,
        recorded_by=by,
    )


def _respondent(procedure: Procedure) -> str:
    return PARTICIPANT if procedure.role == PARTICIPANT else SITE


def _hold(participant: "Participant") -> None:
    # Two bookings at once must not both believe that a rater is still free.
    type(participant).objects.select_for_update().get(pk=participant.pk)


def _rater_of(visit: "Visit", *, at: datetime) -> Person | None:
    taken = Assessment.objects.filter(visit=visit, respondent=INDEPENDENT, rater__isnull=False)
    assessment = taken.exclude(state=AssessmentState.CANCELLED).select_related("rater").first()
    if assessment is not None:
        return assessment.rater
    participant = visit.participant
    most = definition_for(participant).assessor_max_per_participant
    return queries.draw_rater(participant, visit=visit, most=most, at=at)


def _give_to_rater(assessments: list[Assessment], rater: Person | None, *, by: Person) -> None:
    if rater is None:
        return
    for assessment in assessments:
        if assessment.rater_id is None:
            assessment.rater = rater
            assessment.rating_code = queries.rating_code(assessment.visit, rater)
            assessment.save(update_fields=["rater", "rating_code"])
    _remind(assessments[0], rater, by=by)


def _remind(assessment: Assessment, rater: Person, *, by: Person) -> None:
    visit = assessment.visit
    if visit.booked_at is None or visit.started_at is not None:
        return
    for rule in definition_of(assessment.protocol_version).reminders:
        if rule.to != INDEPENDENT or (rule.visit_types and visit.kind not in rule.visit_types):
            continue
        plan_reminder(
            key=f"{rule.template}:{assessment.rating_code}:{visit.booked_at:%Y%m%dT%H%M}",
            template=rule.template,
            due_at=visit.booked_at + timedelta(hours=rule.hours),
            site_id=assessment.site_id,
            person=rater,
            visit_id=visit.pk,
            by=by,
        )


# --- answering ---


def _ends_with_first_dose(assessment: Assessment) -> bool:
    return is_before_first_dose(definition_of(assessment.protocol_version), assessment.instrument)


def _check_in_time(assessment: Assessment) -> None:
    if not _ends_with_first_dose(assessment):
        return
    if assessment.participant.visits.filter(kind=DOSING, started_at__isnull=False).exists():
        raise Refused("The first dosing visit has begun. What was expected before can no longer be entered.")


def _check_owner(assessment: Assessment, *, by: Person) -> None:
    if assessment.respondent == INDEPENDENT and assessment.rater_id != by.pk:
        raise Refused("This assessment is not yours.")


def _check_answer(item: Item | None, number: int, value: Answer) -> None:
    if item is None:
        raise Refused(f"There is no item {number}.", field=f"item_{number}")
    if value is None or (value == NOT_APPLICABLE and item.may_not_apply):
        return
    if not isinstance(value, int) or isinstance(value, bool) or value not in item.values:
        raise Refused(f"Item {item.code}: answer with {item.low} to {item.high}.", field=f"item_{number}")


def _open_for(assessment: Assessment, *, by: Person) -> Assessment:
    _check_owner(assessment, by=by)
    held = Assessment.objects.select_for_update(of=("self",)).select_related("protocol_version").get(pk=assessment.pk)
    if held.state not in queries.OPEN:
        raise Refused(f"This assessment is {held.get_state_display().lower()} and can no longer change.")
    return held


def _start(assessment: Assessment, *, at: datetime) -> None:
    assessment.start()
    assessment.started_at = at
    assessment.save(update_fields=["state", "started_at"])


def _keep(assessment: Assessment, answers: Mapping[int, Answer], *, by: Person) -> list[ItemValue]:
    # The assessment is locked by the caller, so nobody adds an item in between.
    known = {row.item: row for row in ItemValue.objects.filter(assessment=assessment, item__in=answers)}
    fresh = [number for number in answers if number not in known]
    made = ItemValue.objects.bulk_create(
        ItemValue(
            assessment=assessment, item=number, site_id=assessment.site_id, recorded_by=by, **_stored(answers[number])
        )
        for number in fresh
    )
    for number, row in known.items():
        _change(row, answers[number], by=by)
    rows = known | {row.item: row for row in made}
    return [rows[number] for number in answers]


def _stored(value: Answer) -> dict[str, Any]:
    return {"value": value if isinstance(value, int) else None, "not_applicable": value == NOT_APPLICABLE}


def _change(row: ItemValue, value: Answer, *, by: Person) -> None:
    stored = _stored(value)
    if stored == {"value": row.value, "not_applicable": row.not_applicable}:
        return
    with contribution(by=by, reason=f"Item {row.item} changed before the lock"):
        row.value, row.not_applicable = stored["value"], stored["not_applicable"]
        row.save(update_fields=["value", "not_applicable"])


def _take_over(assessment: Assessment, held: Assessment) -> None:
    for name in ("state", "started_at", "locked_at", "missing_reason"):
        setattr(assessment, name, getattr(held, name))


# --- locking and scoring ---


def _lockable(assessment: Assessment, *, missing_reason: str, by: Person) -> Assessment:
    held = _open_for(assessment, by=by)
    missing = queries.missing_in(held, queries.answers_for(held))
    if missing and not missing_reason.strip():
        raise Refused("Some items have no answer. Answer them, or say why they are missing.", field="missing_reason")
    return held


def _lock(assessment: Assessment, *, missing_reason: str, at: datetime) -> None:
    if assessment.state == AssessmentState.READY:
        _start(assessment, at=at)
    assessment.lock()
    assessment.locked_at = at
    assessment.missing_reason = missing_reason.strip()
    assessment.save(update_fields=["state", "locked_at", "missing_reason"])


def _score_as_system(assessment: Assessment, *, at: datetime) -> None:
    # The rater's rights do not open the participant's rows, so the scores are written under Vigil's own name.
    scoring = Person.objects.system("scoring")
    with contribution(by=scoring, reason=f"Scores of assessment {assessment.public_id}"):
        scored = queries.scored(assessment)
        _write_scores(assessment, scored, by=scoring)
        try:
            _write_at_visit(assessment, scored, by=scoring, at=at)
        except Refused as error:
            # The reason may say what a rater must not know.
            raise Refused("This cannot be locked now. Nothing is lost; please tell the trial's office.") from error


def _write_scores(assessment: Assessment, scored: Scored, *, by: Person) -> None:
    common = {"site_id": assessment.site_id, "assessment": assessment, "recorded_by": by}
    if not scored.score.complete:
        reason = " ".join(part for part in (scored.score.reason, assessment.missing_reason) if part)
        AssessmentScore.objects.create(name=TOTAL, complete=False, incomplete_reason=reason[:300], **common)
        return
    values = dict(scored.score.values)
    if scored.diagnosis is not None:
        values["diagnosis"] = scored.diagnosis
    AssessmentScore.objects.bulk_create(
        AssessmentScore(name=name, value=as_text(value), complete=True, **common) for name, value in values.items()
    )


def _write_at_visit(assessment: Assessment, scored: Scored, *, by: Person, at: datetime) -> None:
    whole = Assessment.objects.select_related("visit__participant__protocol_version", "visit__participant__site")
    visit = whole.get(pk=assessment.pk).visit
    participant = visit.participant
    procedure = _procedure_of(assessment, visit)
    facts = fact_values(
        definition_of(assessment.protocol_version), procedure_code=procedure.code, visit_code=visit.code, scored=scored
    )
    if facts:
        entries = [
            patient_actions.FactEntry(variable=name, value=value, unit="", observed_at=at, source=procedure.code)
            for name, value in facts.items()
        ]
        patient_actions.record_facts(participant, facts=entries, visit=visit, by=by, at=at)
    if visit.started_at is not None or _begin(visit, began_at=assessment.started_at or at, by=by):
        patient_actions.record_procedure(visit, code=procedure.code, state="done", at=at, by=by)
        _end_if_all_done(visit, by=by, at=at)


def _begin(visit: "Visit", *, began_at: datetime, by: Person) -> bool:
    try:
        patient_actions.start_visit(visit, by=by, at=began_at)
    except Refused:
        # The answers count; what still stands before the visit is for the coordinator to settle.
        return False
    return True


def _end_if_all_done(visit: "Visit", *, by: Person, at: datetime) -> None:
    if visit.ended_at is None and not visit.procedures.filter(state="due").exists():
        patient_actions.finish_visit(visit, by=by, at=at)


def _procedure_of(assessment: Assessment, visit: "Visit") -> Procedure:
    definition = definition_of(assessment.protocol_version)
    independent = assessment.respondent == INDEPENDENT
    offered = rated_procedures(definition, visit.code) if independent else form_procedures(definition, visit.code)
    return next(procedure for procedure in offered if instrument_code(procedure) == assessment.instrument)
