"""Adverse events: reported without filtering, described by a chain of revisions, judged by investigator and sponsor."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person, SignatureMeaning
from core.signatures import sign
from patients import queries as patient_queries
from patients.actions import FactEntry, record_facts
from patients.models import ACTIVE, Participant
from protocol.definition import ProtocolDefinition
from protocol.proposals import ABUSE_RELATED, proposed_marks
from protocol.reporting import Moments
from protocol.stopping import special_interest
from safety.actions.alerts import raise_alert
from safety.actions.clocks import meet_by_receipt, set_clocks
from safety.actions.trial_stopping import stop_trial_where_ruled
from safety.events import AdverseEventReported, SeriousEventReported
from safety.models import AdverseEvent, AdverseEventRevision
from safety.queries import expectedness_by_reference, medicines_of
from sessions.models import DosingSession

PARTIAL_DATE = re.compile(r"^(\d{4})(-(\d{2})(-(\d{2}))?)?$")
SPONSOR_RECEIVED = "Received by the sponsor"
SPONSOR_DETERMINED = "Determined by the sponsor"
WATCH = "watch"
LISTS = ("seriousness", "refused_proposals", "treated_with")
GRADES = {"mild": 1, "moderate": 2, "severe": 3}


@dataclass(frozen=True)
class EventDescription:
    """What is known of an event; dates may be partial: 2026, 2026-03 or 2026-03-14.

    `treated_with` are the public ids of medicines on record; `refused_proposals` are marks that a person turned down.
    """

    term: str
    started_on: str
    severity: str
    valence: str
    ongoing: bool = True
    ended_on: str = ""
    started_at: datetime | None = None
    seriousness: tuple[str, ...] = ()
    event_group: str = "none"
    abuse_related: bool = False
    refused_proposals: tuple[str, ...] = ()
    action_taken: str = ""
    drug_action: str = ""
    treated_with: tuple[str, ...] = ()
    outcome: str = "unknown"
    narrative: str = ""
    ctcae_grade: int | None = None
    causality: str = ""
    sponsor_causality: str = ""
    expectedness: str = ""
    reference_id: int | None = None
    expectedness_basis: str = ""
    aware_at: datetime | None = None
    nullified: bool = False


def report_adverse_event(
    participant: Participant,
    *,
    description: EventDescription,
    site_aware_at: datetime,
    submission_id: UUID,
    by: Person,
    at: datetime,
    session: DosingSession | None = None,
    source: tuple[str, str] = ("", ""),
    awareness: str = "",
) -> AdverseEvent:
    """Reports an event; a serious one starts its clocks in the same transaction.

    `source` is the kind and the public id of the entry in which it was told. The same submission answers the event
    that is there. Raises Refused, naming the field, for what cannot be right.
    """
    known = AdverseEvent.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    definition = patient_queries.definition_for(participant)
    check_description(definition, description, today=local_date(at, zone=participant.site.zone))
    _check_treatment(participant, description)
    if site_aware_at > at:
        raise Refused("The site cannot have become aware in the future.", field="site_aware_at")
    with contribution(by=by, reason="Adverse event reported"):
        _lock(participant)
        # The same form may have been sent twice at once: whoever waited for the lock finds the first one's event.
        known = AdverseEvent.objects.filter(submission_id=submission_id).first()
        if known is not None:
            return known
        event = AdverseEvent.objects.create(
            participant=participant,
            site_id=participant.site_id,
            number=_next_number(participant),
            session=session,
            site_aware_at=site_aware_at,
            source_kind=source[0],
            source_id=source[1],
            awareness=awareness.strip()[:200],
            submission_id=submission_id,
            recorded_by=by,
        )
        _append(event, description, reason="First report", by=by, at=at)
        publish(AdverseEventReported(event.pk))
    return event


def revise_adverse_event(
    event: AdverseEvent,
    *,
    changes: Mapping[str, Any],
    reason: str,
    by: Person,
    at: datetime,
    seen_number: int | None = None,
) -> AdverseEventRevision:
    """Appends what is newly known as another revision.

    Raises Refused without a reason, and Conflict when the event was revised since `seen_number`.
    """
    if not reason.strip():
        raise Refused("Say why the event is revised.", field="reason")
    definition = patient_queries.definition_for(event.participant)
    with contribution(by=by, reason=reason):
        _lock(event.participant)
        latest = latest_revision(event)
        if seen_number is not None and latest.number != seen_number:
            raise Conflict("Somebody else revised this event while you were writing. Your text is kept below.")
        description = replace(describe(latest), **changes)
        check_description(definition, description, today=local_date(at, zone=event.site.zone))
        _check_treatment(event.participant, description)
        return _append(event, description, reason=reason, by=by, at=at)


def assess_causality(
    event: AdverseEvent, *, causality: str, password: str, by: Person, at: datetime
) -> AdverseEventRevision:
    """Records the investigator's view of the relation to the study drug, signed.

    Raises Refused for an unknown view, WrongPassword when the password is wrong; nothing is written then.
    """
    _check_causality(event, causality)
    with transaction.atomic():
        revision = revise_adverse_event(
            event, changes={"causality": causality}, reason="Causality assessed by the investigator", by=by, at=at
        )
        sign(revision, by=by, password=password, meaning=SignatureMeaning.REVIEW, at=at)
    return revision


def receive_at_sponsor(
    event: AdverseEvent, *, by: Person, at: datetime, received_at: datetime | None = None
) -> AdverseEventRevision:
    """Records when the sponsor received the event; calendar clocks may start then, and the site's deadline is met.

    Raises Refused when it was received already, or when the time cannot be right.
    """
    moment = received_at or at
    _check_moment(event, moment, at=at, field_name="received_at")
    with contribution(by=by, reason=SPONSOR_RECEIVED):
        _lock(event.participant)
        if moments_of(event).sponsor_received_at is not None:
            raise Refused("The sponsor has received this event already.")
        revision = _append(event, describe(latest_revision(event)), reason=SPONSOR_RECEIVED, by=by, at=moment)
        meet_by_receipt(event, received_at=moment, by=by, at=at)
    return revision


def judge_expectedness(
    event: AdverseEvent,
    *,
    expectedness: str,
    sponsor_causality: str,
    by: Person,
    at: datetime,
    determined_at: datetime | None = None,
    departure: str = "",
) -> AdverseEventRevision:
    """Records the sponsor's determination: relation and expectedness against the reference safety information.

    `departure` is why it is judged otherwise than the version in force on the event's day does. Raises Refused without
    it, before receipt, for an unknown view, or when the time cannot be right.
    """
    moment = determined_at or at
    _check_causality(event, sponsor_causality, field_name="sponsor_causality")
    if expectedness not in ("expected", "unexpected"):
        raise Refused("Choose expected or unexpected.", field="expectedness")
    _check_moment(event, moment, at=at, field_name="determined_at")
    received_at = moments_of(event).sponsor_received_at
    if received_at is None:
        raise Refused("First record when the sponsor received the event.")
    if moment < received_at:
        raise Refused("It cannot have been determined before it was received.", field="determined_at")
    with contribution(by=by, reason=SPONSOR_DETERMINED):
        _lock(event.participant)
        latest = latest_revision(event)
        judged = _judged_by_reference(event, latest, expectedness=expectedness, departure=departure.strip())
        description = replace(
            describe(latest), expectedness=expectedness, sponsor_causality=sponsor_causality, **judged
        )
        return _append(event, description, reason=SPONSOR_DETERMINED, by=by, at=moment)


def latest_revision(event: AdverseEvent) -> AdverseEventRevision:
    """Returns what is known now."""
    return event.revisions.order_by("-number")[0]


def describe(revision: AdverseEventRevision) -> EventDescription:
    """Returns a revision's content, to be changed."""
    values = {name: getattr(revision, name) for name in EventDescription.__dataclass_fields__}
    return EventDescription(**values | {name: tuple(values[name]) for name in LISTS})


def check_description(definition: ProtocolDefinition, description: EventDescription, *, today: date) -> None:
    """Raises Refused, naming the field, for a description that cannot be right."""
    if not description.term.strip():
        raise Refused("Say what was observed, in the words that were used.", field="term")
    if description.severity not in GRADES:
        raise Refused("Choose how strong it is.", field="severity")
    if description.valence not in dict(AdverseEventRevision.VALENCES):
        raise Refused("Choose welcome, neither or unwelcome.", field="valence")
    started = check_partial_date(description.started_on, field_name="started_on", today=today)
    if description.ended_on:
        ended = check_partial_date(description.ended_on, field_name="ended_on", today=today)
        if ended < started[: len(ended)]:
            raise Refused("The end lies before the start.", field="ended_on")
    if description.ended_on and description.ongoing:
        raise Refused("An event that goes on has no end.", field="ended_on")
    unknown = set(description.seriousness) - set(definition.adverse_events.seriousness)
    if unknown:
        raise Refused(f"The protocol knows no criterion “{unknown.pop()}”.", field="seriousness")
    if description.drug_action and description.drug_action not in dict(AdverseEventRevision.DRUG_ACTIONS):
        raise Refused("Choose what was done with the study drug.", field="drug_action")
    if description.outcome == "fatal" and "death" not in description.seriousness:
        raise Refused("A fatal event is serious: tick death among the criteria.", field="seriousness")


def check_partial_date(text: str, *, field_name: str, today: date) -> str:
    """Returns a date that may lack day or month; raises Refused when it is none, or lies in the future."""
    found = PARTIAL_DATE.match(text)
    if not found:
        raise Refused("Give a year, a month and year, or a full date.", field=field_name)
    year, month, day = int(found[1]), int(found[3] or 1), int(found[5] or 1)
    try:
        first = date(year, month, day)
    except ValueError:
        raise Refused(f"{day}/{month}/{year} is no date of the calendar.", field=field_name) from None
    if first > today:
        raise Refused("The date lies in the future.", field=field_name)
    return text


def moments_of(event: AdverseEvent) -> Moments:
    """Returns when the site became aware and when the sponsor received and determined."""
    rows = event.revisions.order_by("number").values_list("reason", "occurred_at", "aware_at")
    first: dict[str, datetime] = {}
    aware_at = event.site_aware_at
    for reason, moment, corrected in rows:
        first.setdefault(reason, moment)
        aware_at = corrected or aware_at
    return Moments(aware_at, first.get(SPONSOR_RECEIVED), first.get(SPONSOR_DETERMINED))


def _append(
    event: AdverseEvent, description: EventDescription, *, reason: str, by: Person, at: datetime
) -> AdverseEventRevision:
    last = event.revisions.order_by("-number").first()
    was_serious = last is not None and last.serious
    values = asdict(description)
    revision = AdverseEventRevision.objects.create(
        event=event,
        site_id=event.site_id,
        number=last.number + 1 if last else 1,
        reason=reason[:300],
        occurred_at=at,
        recorded_by=by,
        proposals=open_proposals(event.participant, description),
        **values | {name: list(values[name]) for name in LISTS},
    )
    set_clocks(event, revision, moments=moments_of(event), by=by, at=at)
    keep_safety_facts(event.participant, by=by, at=at)
    alert_on_special_interest(event, revision, by=by)
    if revision.serious:
        stop_trial_where_ruled(event, at=at)
    if revision.serious and not was_serious:
        publish(SeriousEventReported(event.pk))
    return revision


def open_proposals(participant: Participant, description: EventDescription) -> list[str]:
    """Returns the marks that the words propose and that were neither taken nor refused."""
    definition = patient_queries.definition_for(participant)
    found = proposed_marks(definition, f"{description.term}\n{description.narrative}")
    taken = {description.event_group, *([ABUSE_RELATED] if description.abuse_related else [])}
    return [mark for mark in found if mark not in taken and mark not in description.refused_proposals]


def keep_safety_facts(participant: Participant, *, by: Person, at: datetime) -> None:
    """Keeps what the rules of dosing ask about events as facts of the participant, when they changed.

    Of somebody who has left the trial events are still reported, but no rule of dosing asks any more.
    """
    if participant.status not in ACTIVE or patient_queries.standing_consent(participant) is None:
        return
    known = patient_queries.latest_texts(participant)
    changed = [entry for entry in safety_facts(participant, at=at) if known.get(entry.variable) != entry.value]
    if changed:
        record_facts(participant, facts=changed, by=by, at=at)


def alert_on_special_interest(event: AdverseEvent, revision: AdverseEventRevision, *, by: Person) -> None:
    """Alerts once for each group of special interest that the event belongs to."""
    definition = patient_queries.definition_for(event.participant)
    for verdict in special_interest(definition, {"event_group": revision.event_group}):
        raise_alert(
            event.participant,
            key=f"{verdict.rule}:{event.public_id}",
            rule=verdict.rule,
            severity=WATCH,
            message=f"Event of special interest: {verdict.text}"[:300],
            instruction="Read the event and complete its description.",
            raised_at=revision.occurred_at,
            by=by,
        )


def safety_facts(participant: Participant, *, at: datetime) -> list[FactEntry]:
    """Returns the worst grade that goes on and whether a serious related event exists, from all revisions."""
    related = patient_queries.definition_for(participant).adverse_events.related_means
    latest = (
        AdverseEventRevision.objects.filter(event__participant=participant)
        .order_by("event_id", "-number")
        .distinct("event_id")
    )
    rows = [row for row in latest if not row.nullified]
    worst = max((row.ctcae_grade or GRADES[row.severity] for row in rows if row.ongoing), default=0)
    serious_related = any(
        row.serious and (row.causality in related or row.sponsor_causality in related) for row in rows
    )
    source = "Adverse events on record"
    return [
        FactEntry("max_ongoing_ctcae_grade", str(worst), source, at),
        FactEntry("sae_related", "true" if serious_related else "false", source, at),
    ]


def _check_treatment(participant: Participant, description: EventDescription) -> None:
    if not description.treated_with:
        return
    known = {medicine.public_id for medicine in medicines_of(participant)}
    if set(description.treated_with) - known:
        raise Refused("Choose medicines that are on record for this participant.", field="treated_with")


def _check_causality(event: AdverseEvent, causality: str, *, field_name: str = "causality") -> None:
    known = patient_queries.definition_for(event.participant).adverse_events.causality
    if causality not in known:
        raise Refused(f"Choose one of: {', '.join(known)}.", field=field_name)


def _judged_by_reference(
    event: AdverseEvent, revision: AdverseEventRevision, *, expectedness: str, departure: str
) -> dict[str, Any]:
    found = expectedness_by_reference(event, revision)
    if found is None:
        basis = "No reference safety information was in force on the day of the event."
        return {"reference_id": None, "expectedness_basis": f"{basis} {departure}".strip()}
    basis = found.sentence
    if found.verdict.code != expectedness:
        if not departure:
            raise Refused(f"{basis} Say why it is judged otherwise.", field="departure")
        basis = f"{basis} Judged otherwise: {departure}"
    return {"reference_id": found.reference.pk, "expectedness_basis": basis}


def _check_moment(event: AdverseEvent, moment: datetime, *, at: datetime, field_name: str) -> None:
    if moment > at:
        raise Refused("This time lies in the future.", field=field_name)
    if moment < event.site_aware_at:
        raise Refused("This lies before the site became aware of the event.", field=field_name)


def _lock(participant: Participant) -> None:
    """Lets one person at a time write the participant's events, until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('adverse events'), %s)", [participant.pk])


def _next_number(participant: Participant) -> int:
    last = (
        AdverseEvent.objects.filter(participant=participant)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return (last or 0) + 1
