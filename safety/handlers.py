"""What safety does when another room announces something; in the same transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.contributions import current
from core.models import Person
from integration.events import ConditionWorsened, ContactMissed, PositiveSuicidality
from patients import queries as patient_queries
from patients.events import ConsentWithdrawn, EligibilityContradicted, FactsRecorded, VisitFinished, VisitMissed
from patients.models import ConsentWithdrawal, Fact, Participant, Visit
from protocol.conduct import enquiry_points
from protocol.definition import DeviationRule, ProtocolDefinition
from protocol.stopping import fired_stopping_rules, judged_variables, special_interest
from protocol.verdict import Verdict
from protocol.vital_signs import due_points
from safety.actions.adverse_events import keep_safety_facts
from safety.actions.alerts import raise_alert, tell_investigators
from safety.actions.deviations import propose_deviation
from safety.actions.holds import place_hold
from safety.actions.mentions import ask_whether_event
from sessions import queries as session_queries
from sessions.events import (
    InitialDoseGiven,
    RecordingAttested,
    SessionClosed,
    TooFewInRoom,
    TouchOutsidePreferences,
    VitalsOutOfLimits,
)
from sessions.models import (
    DoseRecord,
    DosingSession,
    EffectEnquiry,
    RecordingMark,
    RoomPresence,
    TouchEvent,
    VitalSigns,
)

ACT, WATCH = "act", "watch"
POSITIVE = "Positive answer on the suicidality scale"


def on_vitals_out_of_limits(event: VitalsOutOfLimits) -> None:
    """Raises one alert for a set past the limits, with the protocol's instruction."""
    vitals = VitalSigns.objects.select_related("session__participant__site", "recorded_by").get(pk=event.vital_signs_id)
    participant = vitals.session.participant
    definition = patient_queries.definition_for(participant)
    rule = definition.emergency_when if vitals.severity == ACT else definition.intensify_when
    raise_alert(
        participant,
        key=f"vital_signs:{vitals.public_id}",
        rule=rule.code,
        severity=vitals.severity,
        message=f"Vital signs {vitals} past the {vitals.severity} limits",
        raised_at=vitals.observed_at,
        by=vitals.recorded_by,
    )


def on_too_few_in_room(event: TooFewInRoom) -> None:
    """Alerts, and proposes a deviation, when fewer qualified people than required remain, or nobody who may lead."""
    presence = RoomPresence.objects.select_related("session__participant__site", "session__visit", "recorded_by").get(
        pk=event.presence_id
    )
    session = presence.session
    present = session_queries.in_room(session, at=presence.observed_at)
    message = session_queries.staffing_fault(session, present=present) or "Too few people in the room"
    raise_alert(
        session.participant,
        key=f"presence:{presence.public_id}",
        rule="staffing",
        severity=ACT,
        message=message,
        instruction="Bring a qualified person back into the room at once.",
        raised_at=presence.observed_at,
        by=presence.recorded_by,
    )
    _propose(
        session.participant, "too_few_in_room", presence.public_id, message, presence.observed_at,
        by=presence.recorded_by, visit=session.visit,
    )  # fmt: skip


def on_touch_outside_preferences(event: TouchOutsidePreferences) -> None:
    """Alerts, and proposes a deviation, when touch took place that was not welcomed before the session."""
    touch = TouchEvent.objects.select_related("session__participant__site", "session__visit", "recorded_by").get(
        pk=event.touch_id
    )
    message = f"Touch outside what the participant welcomed: {touch.words.lower()}"
    raise_alert(
        touch.session.participant,
        key=f"touch:{touch.public_id}",
        rule="touch",
        severity=WATCH,
        message=message,
        instruction="Stop this touch. Talk it over with the participant when they are no longer under the effect.",
        raised_at=touch.observed_at,
        by=touch.recorded_by,
    )
    _propose(
        touch.session.participant, "touch_outside_preferences", touch.public_id, message, touch.observed_at,
        by=touch.recorded_by, visit=touch.session.visit,
    )  # fmt: skip


def on_recording_attested(event: RecordingAttested) -> None:
    """Proposes a deviation for a session that was not, or not wholly, recorded."""
    mark = RecordingMark.objects.select_related("session__participant__site", "session__visit", "recorded_by").get(
        pk=event.mark_id
    )
    _propose(
        mark.session.participant, "recording_gap", mark.public_id, f"Recording: {mark.note}", mark.observed_at,
        by=mark.recorded_by, visit=mark.session.visit,
    )  # fmt: skip


def on_positive_suicidality(event: PositiveSuicidality) -> None:
    """Alerts on a positive answer about suicidality, whoever asked, and tells the investigators by name at once."""
    participant = _participant(event.participant_id)
    latest = Fact.objects.filter(participant=participant, variable__startswith="cssrs").order_by("-id").first()
    assert latest is not None
    alert = raise_alert(
        participant,
        key=f"suicidality:{event.source_table}:{event.source_id}",
        rule="suicidality",
        severity=ACT,
        message=POSITIVE,
        instruction="Stay in contact with the participant and call the study physician now.",
        raised_at=latest.observed_at,
        by=latest.recorded_by,
    )
    tell_investigators(alert, by=latest.recorded_by, at=latest.observed_at)
    # The alert is about the hour; the question whether it is an event waits until somebody answers it.
    ask_whether_event(
        participant,
        key=f"suicidality:{event.source_table}:{event.source_id}",
        sentence=f"{POSITIVE}.",
        rule="suicidality",
        told_at=latest.observed_at,
        by=latest.recorded_by,
    )


def on_condition_worsened(event: ConditionWorsened) -> None:
    """Alerts on an answer past the protocol's limit, and tells the investigators by name at once."""
    _call_for_help(
        _participant(event.participant_id),
        key=f"worsened:{event.source_table}:{event.source_id}",
        at=event.at,
        rule="condition_worsened",
        message="Worse than the protocol's limit, or judged unsafe, in a contact",
        instruction="Stay in contact with the participant and call the study physician now.",
    )


def on_contact_missed(event: ContactMissed) -> None:
    """Alerts that nobody was reached on a contact day, once for each day."""
    visit = patient_queries.visit_by_id(event.visit_id)
    _call_for_help(
        visit.participant,
        at=event.at,
        key=f"contact_missed:{visit.public_id}",
        rule="contact_missed",
        message=f"Not reached: {visit.name}",
        instruction="Try the other ways that the participant gave, then the person to call in an emergency.",
    )


def _call_for_help(
    participant: Participant, *, key: str, rule: str, message: str, instruction: str, at: datetime
) -> None:
    by = _actor()
    alert = raise_alert(
        participant, key=key, rule=rule, severity=ACT, message=message, instruction=instruction, raised_at=at, by=by
    )
    tell_investigators(alert, by=by, at=at)


def on_facts_recorded(event: FactsRecorded) -> None:
    """Judges the stopping rules and groups of special interest anew when one of their values was entered."""
    participant = _participant(event.participant_id)
    definition = patient_queries.definition_for(participant)
    fresh = frozenset(event.variables)
    if not fresh & judged_variables(definition):
        return
    facts = patient_queries.latest_facts(participant, fresh | judged_variables(definition))
    newest = max((facts[name] for name in fresh if name in facts), key=lambda fact: fact.pk)
    values = patient_queries.latest_values(participant, at=newest.observed_at)
    stopped: set[str] = set()
    for verdict in fired_stopping_rules(definition, values):
        if cause := _fresh_cause(verdict, facts, fresh):
            stopped |= {evidence.variable for evidence in verdict.evidence}
            place_hold(
                participant, rule=verdict.rule, reason=verdict.text, by=newest.recorded_by, at=newest.observed_at
            )
            _alert_on(participant, verdict, newest, cause=cause, severity=ACT)
    for verdict in special_interest(definition, values):
        # What stopped dosing has its alert already.
        told = stopped & {evidence.variable for evidence in verdict.evidence}
        if not told and (cause := _fresh_cause(verdict, facts, fresh)):
            _alert_on(participant, verdict, newest, cause=cause, severity=WATCH)


def on_eligibility_contradicted(event: EligibilityContradicted) -> None:
    """Alerts that a value speaks against the signed eligibility; the next step is closed until it is judged anew."""
    flag = patient_queries.contradiction_by_id(event.contradiction_id)
    raise_alert(
        flag.participant,
        key=f"contradiction:{flag.public_id}",
        rule=flag.criteria[0],
        severity=WATCH,
        message=f"A value speaks against the signed eligibility: {', '.join(flag.criteria)}",
        instruction="Look at the value, then judge eligibility anew. Until it is signed the next step is closed.",
        raised_at=flag.raised_at,
        by=flag.recorded_by,
    )


def on_consent_withdrawn(event: ConsentWithdrawn) -> None:
    """Puts dosing on hold by the rule that names the withdrawal, whatever its scope lets go on."""
    participant = _participant(event.participant_id)
    if participant.protocol_version is None:
        return
    withdrawal = ConsentWithdrawal.objects.select_related("recorded_by").get(pk=event.withdrawal_id)
    if withdrawal.scope == "contact":
        return
    for rule in patient_queries.definition_for(participant).participant_stopping:
        if "consent_withdrawn" in rule.expression.names:
            place_hold(
                participant, rule=rule.code, reason=rule.text, by=withdrawal.recorded_by, at=withdrawal.observed_at
            )


def on_initial_dose_given(event: InitialDoseGiven) -> None:
    """Keeps how bad the events are that go on at dosing, so that the supplemental decision knows."""
    session = DosingSession.objects.select_related("participant__site", "recorded_by").get(pk=event.session_id)
    assert session.initial_dose_at is not None
    keep_safety_facts(session.participant, by=session.recorded_by, at=session.initial_dose_at)


def on_session_closed(event: SessionClosed) -> None:
    """Proposes a deviation for each mandatory set that was not taken, and for effects not asked at their time.

    What would have been due after an early end was not missed.
    """
    session = DosingSession.objects.select_related("participant__site", "visit", "recorded_by").get(pk=event.session_id)
    assert session.initial_dose_at is not None and session.closed_at is not None
    until = session.ended_early_at or session.closed_at
    taken = [vitals.observed_at for vitals in session_queries.standing(VitalSigns, session)]
    definition = session_queries.definition_for(session)
    for due in due_points(definition, initial_at=session.initial_dose_at, taken_at=taken):
        if due.point.mandatory and due.taken_at is None and due.opens_at <= until:
            text = f"Vital signs “{due.point.label}” were not taken."
            _propose_of_session(session, "mandatory_vital_signs_missed", due.point.code, text, due.due_at)
    asked = {row.minute: row.observed_at for row in session_queries.standing(EffectEnquiry, session)}
    for point in enquiry_points(definition.conduct.enquiry, initial_at=session.initial_dose_at, asked=asked):
        at = point.asked_at
        if point.opens_at <= until and (at is None or not point.opens_at <= at <= point.closes_at):
            text = f"Effects of T+ {point.minute} min were {'not asked' if at is None else 'asked outside their time'}."
            _propose_of_session(session, "effects_not_asked", str(point.minute), text, point.due_at)

    _propose_of_doses(session, definition)


def _propose_of_doses(session: DosingSession, definition: ProtocolDefinition) -> None:
    """Proposes a deviation for a supplemental dose outside its window, and for each condition that was overridden."""
    window, initial_at = definition.supplemental_window, session.initial_dose_at
    assert initial_at is not None
    for dose in session_queries.standing(DoseRecord, session):
        minute = (dose.observed_at - initial_at) // timedelta(minutes=1)
        given = dose.kind == "supplemental" and dose.decision == "given"
        if given and not window.earliest <= minute <= window.latest:
            text = f"The supplemental dose was given {minute} min after the initial one."
            _propose_of_session(session, "dose_outside_window", dose.public_id, text, dose.observed_at)
    for override in session.overrides.order_by("id"):
        text = f"{override.condition} was passed by a signed override: {override.reason}"
        _propose_of_session(session, "condition_overridden", override.condition, text, override.decided_at)


def _propose_of_session(session: DosingSession, when: str, cause: str, text: str, occurred_at: datetime) -> None:
    _propose(
        session.participant, when, f"{session.public_id}:{cause}", text, occurred_at, by=session.recorded_by,
        visit=session.visit,
    )  # fmt: skip


def on_visit_missed(event: VisitMissed) -> None:
    """Proposes a deviation for a visit that did not take place."""
    visit = _visit(event.visit_id)
    text = f"{visit.code} {visit.name} did not take place: {visit.missed_reason}"
    now = patient_queries.moment_of_window_end(visit)
    _propose(visit.participant, "window_missed", visit.public_id, text, now, by=visit.recorded_by, visit=visit)


def on_visit_finished(event: VisitFinished) -> None:
    """Proposes deviations for procedures that were not done, and for a visit outside its window."""
    visit = _visit(event.visit_id)
    assert visit.started_at is not None
    procedures = patient_queries.definition_for(visit.participant).procedures
    for procedure in visit.procedures.filter(state="not_done").order_by("id"):
        name = procedures[procedure.code].name
        text = f"{name}, not done at {visit.code}: {procedure.not_done_reason}"
        _propose(
            visit.participant, "procedure_not_done", f"{visit.public_id}:{procedure.code}", text, visit.started_at,
            by=visit.recorded_by, visit=visit,
        )  # fmt: skip
    if obstacle := patient_queries.consent_obstacle(visit.participant, at=visit.started_at):
        _propose(
            visit.participant, "consent_outdated", visit.public_id, f"{visit.code} took place. {obstacle}",
            visit.started_at, by=visit.recorded_by, visit=visit,
        )  # fmt: skip
    if not patient_queries.took_place_in_window(visit):
        text = f"{visit.code} {visit.name} took place outside its window."
        _propose(
            visit.participant,
            "window_missed",
            visit.public_id,
            text,
            visit.started_at,
            by=visit.recorded_by,
            visit=visit,
        )


def _fresh_cause(verdict: Verdict, facts: Mapping[str, Fact], fresh: frozenset[str]) -> str:
    """Returns the name of what made a verdict true, if a value just entered is part of it; else an empty text."""
    names = {evidence.variable for evidence in verdict.evidence}
    if not names & fresh:
        return ""
    return "-".join(str(pk) for pk in sorted(facts[name].pk for name in names if name in facts))


def _alert_on(participant: Participant, verdict: Verdict, fact: Fact, *, cause: str, severity: str) -> None:
    raise_alert(
        participant,
        key=f"{verdict.rule}:{cause}"[:120],
        rule=verdict.rule,
        severity=severity,
        message=verdict.text,
        instruction=f"Protocol: {verdict.action}." if verdict.action else "",
        raised_at=fact.observed_at,
        by=fact.recorded_by,
    )


def _propose(
    participant: Participant,
    when: str,
    cause: str,
    description: str,
    occurred_at: datetime,
    *,
    by: Person,
    visit: Visit | None = None,
) -> None:
    rule = deviation_rule(patient_queries.definition_for(participant), when)
    if rule is None:
        return
    propose_deviation(
        participant,
        key=f"{rule.code}:{cause}",
        category=rule.category,
        description=description,
        importance=rule.importance,
        occurred_at=occurred_at,
        by=by,
        visit=visit,
    )


def deviation_rule(definition: ProtocolDefinition, when: str) -> DeviationRule | None:
    """Returns the protocol's rule that proposes deviations of a kind, if it has one."""
    return next((rule for rule in definition.deviation_rules if rule.when == when), None)


def _actor() -> Person:
    under_way = current()
    assert under_way is not None
    return Person.objects.get(pk=under_way.actor_id)


def _participant(pk: int) -> Participant:
    return Participant.objects.select_related("site", "protocol_version").get(pk=pk)


def _visit(pk: int) -> Visit:
    return Visit.objects.select_related("participant__site", "participant__protocol_version", "recorded_by").get(pk=pk)
