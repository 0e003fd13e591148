"""Verbs that write assessments: prepare, assign by lot, answer, lock and score."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from assessments import queries
from assessments.actions.checks import hold_checks
from assessments.actions.guesses import keep_guess_of_rater
from assessments.actions.scoring import score_as_system
from assessments.actions.second_ratings import sample_for_second_rating
from assessments.events import AssessmentLocked
from assessments.form_versions import definition_with_forms, is_beside, latest_form
from assessments.instruments import (
    INDEPENDENT,
    PARTICIPANT,
    RATED,
    SECOND,
    Item,
    form_procedures,
    instrument_code,
    is_before_first_dose,
    is_own_form,
    rated_procedures,
)
from assessments.models import Assessment, AssessmentState, FormVersion, ItemValue
from assessments.scores import stored_answer
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, SignatureMeaning
from core.signatures import content_digest, sign
from patients.queries import definition_for
from protocol.definition import Procedure
from protocol.scoring import Answer
from reminders.actions import plan_reminder
from trials.queries import definition_of

if TYPE_CHECKING:
    from patients.models import Participant, Visit

SITE = "site"
DOSING = "dosing"


def prepare_assessments(visit: "Visit", *, by: Person, at: datetime) -> list[Assessment]:
    """Makes what the protocol asks for at a visit ready: ratings with a rater drawn by lot, and questionnaires.

    Where the pool has nobody left, the rating stays without a rater for the coordinator to see.
    """
    participant = visit.participant
    # Nobody has a visit before consent, and consent puts a participant under a version.
    assert participant.protocol_version is not None
    definition = definition_with_forms(participant.protocol_version)
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


def enter_item(
    assessment: Assessment, *, item: int, value: Answer, by: Person, at: datetime, source: str = ""
) -> ItemValue:
    """Keeps the answer to one item; the same answer again changes nothing, another one keeps the old in the audit.

    `value` is a number, NOT_APPLICABLE, or None to take the answer back. Raises Refused when the item does not exist,
    the answer is out of its range, the assessment is locked, or it is somebody else's.
    """
    return enter_items(assessment, answers={item: value}, source=source, by=by, at=at)[0]


def enter_items(
    assessment: Assessment,
    *,
    answers: Mapping[int, Answer],
    by: Person,
    at: datetime,
    seen_digest: str = "",
    source: str = "",
) -> list[ItemValue]:
    """Keeps several answers at once, all of them or none; see enter_item.

    `seen_digest` is the digest of the answers the writer started from; Conflict is raised when others stand now.
    `source` says where the answers come from, by default whose form it is: the rater's interview, or the site.
    """
    asked = {item.number: item for item in queries.items_for(assessment)}
    for number, value in answers.items():
        check_answer(asked.get(number), number, value)
    check_in_time(assessment)
    with contribution(by=by, reason="Answer entered"):
        held = _open_for(assessment, by=by)
        if seen_digest and seen_digest != content_digest(held):
            raise Conflict("Somebody else entered answers while you were typing. Both are shown.")
        if held.state == AssessmentState.READY:
            _start(held, at=at)
        _take_over(assessment, held)
        return _keep(held, answers, entry=_Entry(source or _source_of(held), by, at))


def lock_assessment(
    assessment: Assessment,
    *,
    password: str,
    by: Person,
    at: datetime,
    missing_reason: str = "",
    guess_basis: str = "",
    confirmations: Mapping[str, str] = MappingProxyType({}),
) -> Assessment:
    """Locks a rating under the rater's signature; scores and facts are computed and written with it.

    Incomplete stays incomplete and needs `missing_reason`; a guess at the arm needs `guess_basis`; an answer that an
    edit check doubts needs its reason in `confirmations`, by the check's code. Raises WrongPassword, or Refused when
    nothing was answered, items are missing without a reason, a check stands in the way, or it is locked already.
    """
    with contribution(by=by, reason="Assessment locked"):
        held = _lockable(assessment, missing_reason=missing_reason, by=by)
        hold_checks(held, confirmations=confirmations, by=by, at=at)
        _lock(held, missing_reason=missing_reason, at=at)
        # Signed last: any later change of the row would supersede the signature.
        sign(held, by=by, password=password, meaning=SignatureMeaning.AUTHORSHIP, at=at)
        keep_guess_of_rater(held, basis=guess_basis, by=by, at=at)
        score_as_system(held, at=at)
        _take_over(assessment, held)
        sample_for_second_rating(held, at=at)
        publish(AssessmentLocked(held.pk))
        return assessment


def lock_rating(
    assessment: Assessment,
    *,
    password: str,
    by: Person,
    at: datetime,
    missing_reason: str = "",
    guess_basis: str = "",
    confirmations: Mapping[str, str] = MappingProxyType({}),
) -> list[Assessment]:
    """Locks every part of the interview that is still open, all of them or none; see lock_assessment."""
    said = {"missing_reason": missing_reason, "guess_basis": guess_basis}
    with contribution(by=by, reason="Assessment locked"):
        return [
            lock_assessment(part, password=password, by=by, at=at, confirmations=confirmations, **said)
            for part in queries.rating_with(assessment).parts
            if part.state != AssessmentState.LOCKED
        ]


def complete_form(
    assessment: Assessment,
    *,
    by: Person,
    at: datetime,
    missing_reason: str = "",
    confirmations: Mapping[str, str] = MappingProxyType({}),
) -> Assessment:
    """Closes a questionnaire that the site entered for the participant; it is scored, and then only corrected."""
    if assessment.respondent in RATED:
        raise Refused("A rating is locked by its rater.")
    check_in_time(assessment)
    with contribution(by=by, reason="Questionnaire completed"):
        held = _lockable(assessment, missing_reason=missing_reason, by=by)
        hold_checks(held, confirmations=confirmations, by=by, at=at)
        _lock(held, missing_reason=missing_reason, at=at)
        score_as_system(held, at=at)
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
    confirmations: Mapping[str, str] = MappingProxyType({}),
) -> Assessment:
    """Keeps the answers of a questionnaire and closes it, or does neither; see enter_items and complete_form."""
    with contribution(by=by, reason="Questionnaire completed"):
        enter_items(assessment, answers=answers, seen_digest=seen_digest, by=by, at=at)
        return complete_form(assessment, missing_reason=missing_reason, confirmations=confirmations, by=by, at=at)


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
        form_version=_form_version(visit, instrument),
        recorded_by=by,
    )


def _form_version(visit: "Visit", instrument: str) -> FormVersion | None:
    """Returns the version of an own form that was published last, where one was."""
    version = visit.participant.protocol_version
    if version is None or not (is_beside(version, instrument) or is_own_form(definition_of(version), instrument)):
        return None
    return latest_form(version, instrument)


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


def check_in_time(assessment: Assessment) -> None:
    """Raises Refused for what somebody expected, once the first dose may have been given."""
    if not _ends_with_first_dose(assessment):
        return
    if assessment.participant.visits.filter(kind=DOSING, started_at__isnull=False).exists():
        raise Refused("The first dosing visit has begun. What was expected before can no longer be entered.")


def check_owner(assessment: Assessment, *, by: Person) -> None:
    """Raises Refused when the rating is another rater's."""
    if assessment.respondent in RATED and assessment.rater_id != by.pk:
        raise Refused("This assessment is not yours.")


def check_answer(item: Item | None, number: int, value: Answer, *, field: str = "") -> None:
    """Raises Refused, naming the field, for an answer that the item does not allow."""
    if item is None:
        raise Refused(f"There is no item {number}.", field=field or f"item_{number}")
    if not item.allows(value):
        raise Refused(f"Item {item.code}: {item.hint}", field=field or f"item_{number}")


def _open_for(assessment: Assessment, *, by: Person) -> Assessment:
    check_owner(assessment, by=by)
    held = Assessment.objects.select_for_update(of=("self",)).select_related("protocol_version").get(pk=assessment.pk)
    if held.state not in queries.OPEN:
        raise Refused(f"This assessment is {held.get_state_display().lower()} and can no longer change.")
    return held


def _start(assessment: Assessment, *, at: datetime) -> None:
    assessment.start()
    assessment.started_at = at
    assessment.save(update_fields=["state", "started_at"])


@dataclass(frozen=True)
class _Entry:
    """From where answers come, who enters them, and when."""

    source: str
    by: Person
    at: datetime


def _source_of(assessment: Assessment) -> str:
    return {INDEPENDENT: "interview", SECOND: "recording"}.get(assessment.respondent, SITE)


def _keep(assessment: Assessment, answers: Mapping[int, Answer], *, entry: _Entry) -> list[ItemValue]:
    # The assessment is locked by the caller, so nobody adds an item in between.
    known = {row.item: row for row in ItemValue.objects.filter(assessment=assessment, item__in=answers)}
    fresh = [number for number in answers if number not in known]
    made = ItemValue.objects.bulk_create(
        ItemValue(
            assessment=assessment, item=number, site_id=assessment.site_id, recorded_by=entry.by, source=entry.source,
            entered_at=entry.at, **stored_answer(answers[number]),
        )
        for number in fresh
    )  # fmt: skip
    for number, row in known.items():
        _change(row, answers[number], entry=entry)
    rows = known | {row.item: row for row in made}
    return [rows[number] for number in answers]


def _change(row: ItemValue, value: Answer, *, entry: _Entry) -> None:
    stored = stored_answer(value)
    if all(getattr(row, name) == part for name, part in stored.items()):
        return
    with contribution(by=entry.by, reason=f"Item {row.item} changed before the lock"):
        for name, part in stored.items():
            setattr(row, name, part)
        row.source, row.entered_at, row.recorded_by = entry.source, entry.at, entry.by
        row.version += 1
        row.save()


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
