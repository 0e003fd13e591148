"""What becomes of a deviation: analysed, acted on by an owner, checked by another, told to the ethics board in time."""

from datetime import date, datetime, timedelta
from uuid import UUID

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import Permission, Viewer
from patients.queries import definition_for
from protocol.office import SafetyOffice
from protocol.reporting import end_of_day
from safety.models import Deviation, DeviationAnalysis, EthicsReport, QualityAction

ACCEPTED = "accepted"


def analyse_deviation(
    deviation: Deviation, *, category: str, root_cause: str, explanation: str, by: Person, at: datetime
) -> DeviationAnalysis:
    """Says where an accepted deviation belongs and why it came about, by the words of the protocol.

    Raises Refused for a candidate, for words that the protocol does not have, and without an explanation.
    """
    office = _office(deviation)
    _check_accepted(deviation)
    if category not in office.deviation_categories:
        raise Refused("Choose one of the protocol's categories.", field="category")
    if root_cause not in office.root_causes:
        raise Refused("Choose one of the protocol's causes.", field="root_cause")
    if not explanation.strip():
        raise Refused("Say how it came about.", field="explanation")
    with contribution(by=by, reason="Deviation analysed"):
        Deviation.objects.select_for_update(of=("self",)).get(pk=deviation.pk)
        return DeviationAnalysis.objects.create(
            deviation=deviation,
            site_id=deviation.site_id,
            number=deviation.analyses.count() + 1,
            category=category,
            root_cause=root_cause,
            explanation=explanation.strip(),
            analysed_at=at,
            recorded_by=by,
        )


def plan_action(
    deviation: Deviation,
    *,
    kind: str,
    text: str,
    owner: Person,
    due_on: date,
    check_on: date,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> QualityAction:
    """Plans what is done about an accepted deviation: by whom, until when, and when its effect is checked.

    The same submission answers the action that is there. Raises Refused for a candidate, an owner who may not see the
    deviation, a term that is over, and a check before the term.
    """
    known = QualityAction.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    _check_accepted(deviation)
    if kind not in dict(QualityAction.KINDS):
        raise Refused("Choose corrective or preventive.", field="kind")
    if not text.strip():
        raise Refused("Say what is to be done.", field="text")
    if not Viewer.at(owner, at).may(Permission.DEVIATION_VIEW, site_id=deviation.site_id):
        raise Refused("Choose somebody who may see deviations of this site.", field="owner")
    if due_on < local_date(at, zone=deviation.site.zone):
        raise Refused("The term is over already.", field="due_on")
    if check_on < due_on:
        raise Refused("The effect is checked once the action is due.", field="check_on")
    with contribution(by=by, reason=f"Action planned: {text.strip()}"[:300]):
        return QualityAction.objects.create(
            deviation=deviation,
            site_id=deviation.site_id,
            kind=kind,
            text=text.strip()[:300],
            owner=owner,
            due_on=due_on,
            check_on=check_on,
            planned_at=at,
            submission_id=submission_id,
            recorded_by=by,
        )


def finish_action(action: QualityAction, *, note: str, by: Person, at: datetime) -> QualityAction:
    """Says that an action is done, and how; its owner alone does that.

    Raises Refused for anybody else and without a note, and Conflict when it was done before.
    """
    if action.owner_id != by.pk:
        raise Refused("The owner of the action says that it is done.")
    if not note.strip():
        raise Refused("Say what was done.", field="note")
    with contribution(by=by, reason=note):
        held = QualityAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
        if held.state != "open":
            raise Conflict("The action was recorded as done before.")
        held.state, held.done_at, held.done_by, held.done_note = "done", at, by, note.strip()[:300]
        held.save(update_fields=["state", "done_at", "done_by", "done_note"])
    return held


def check_action(action: QualityAction, *, effect: str, note: str, by: Person, at: datetime) -> QualityAction:
    """Says whether an action that was done has had its effect, and how it is known.

    Raises Refused for whoever did it, before the day of the check and without a note; Conflict when it was checked.
    """
    if effect not in ("effective", "ineffective"):
        raise Refused("Choose whether it was effective.", field="effect")
    if not note.strip():
        raise Refused("Say how it is known.", field="note")
    if action.done_by_id == by.pk:
        raise Refused("Whoever did it does not check it. Ask somebody else.")
    if local_date(at, zone=action.site.zone) < action.check_on:
        raise Refused(f"The effect is checked from {action.check_on:%-d %b %Y} on.")
    with contribution(by=by, reason=note):
        held = QualityAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
        if held.state != "done":
            raise Conflict("The action is not done yet, or was checked before.")
        held.state, held.checked_at, held.checked_by, held.check_note = effect, at, by, note.strip()[:300]
        held.save(update_fields=["state", "checked_at", "checked_by", "check_note"])
    return held


def start_ethics_clock(deviation: Deviation, *, by: Person, at: datetime) -> EthicsReport | None:
    """Starts the clock of the ethics board where the protocol has one for the site's region."""
    rule = _office(deviation).ethics_clock_of(deviation.site.zone)
    if rule is None:
        return None
    return EthicsReport.objects.create(
        deviation=deviation,
        site_id=deviation.site_id,
        region=rule.region,
        starts_at=at,
        due_at=end_of_day(at, days=rule.days, zone=deviation.site.zone),
        recorded_by=by,
    )


def tell_ethics_board(
    report: EthicsReport, *, reference: str, late_reason: str, by: Person, at: datetime, reported_at: datetime | None
) -> EthicsReport:
    """Records that the ethics board was told, by which paper; a late report says why.

    Raises Refused without the paper, for a time that cannot be right and when late without a reason; Conflict when it
    was told before.
    """
    moment = reported_at or at
    if not reference.strip():
        raise Refused("Name what was sent.", field="reference")
    if not report.starts_at - timedelta(minutes=1) <= moment <= at:
        raise Refused("It was sent between the decision and now.", field="reported_at")
    if moment > report.due_at and not late_reason.strip():
        raise Refused("This is late. Say why.", field="late_reason")
    with contribution(by=by, reason=f"Ethics board told: {reference.strip()}"[:300]):
        held = EthicsReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if held.reported_at is not None:
            raise Conflict("Somebody else recorded this report first.")
        held.reported_at, held.reported_by, held.reference = moment, by, reference.strip()[:200]
        held.late_reason = late_reason.strip()[:300]
        held.save(update_fields=["reported_at", "reported_by", "reference", "late_reason"])
    return held


def _check_accepted(deviation: Deviation) -> None:
    if deviation.state != ACCEPTED:
        raise Refused("First decide that it is a deviation.")


def _office(deviation: Deviation) -> SafetyOffice:
    return definition_for(deviation.participant).office
