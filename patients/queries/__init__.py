"""Reads on participants: facts as the rules see them, the schedule, consent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from core.clock import local_date
from core.models import Signature
from core.prepared import prepared
from core.roles import ROLES, Role
from patients.models import (
    Fact,
    Participant,
    Randomisation,
    Visit,
    VisitState,
)
from patients.queries.campaigns import (
    CampaignLine,
    campaign_lines,
    campaigns_of,
    still_open,
    with_counts,
)
from patients.queries.consent import (
    LatestConsent,
    consent_obstacle,
    consent_values,
    consented_ids,
    consents_of,
    digest_of_steps,
    excluded_from_exports,
    follow_up_obstacle,
    latest_consent,
    latest_contact_answer,
    may_contact,
    may_obtain_consent,
    open_signing,
    options_given,
    signatures_of_consents,
    signed_and_waiting,
    standing_consent,
    steps_of,
    what_is_coming,
    with_data_use,
    withdrawn_scopes,
)
from patients.queries.eligibility import (
    contradiction_by_id,
    open_contradiction,
    open_contradictions,
    signed_assessment,
)
from patients.queries.entries import all_history, all_medicines, history_terms, procedures_not_done
from patients.queries.preferences import (
    PreferenceNow,
    in_dosing_session,
    preference_history,
    preferences,
    touch_preferences,
)
from protocol.definition import Procedure, ProtocolDefinition
from protocol.expressions import Value
from trials.queries import definition_of, placements_under

__all__ = [
    "CampaignLine",
    "KnownFact",
    "PreferenceNow",
    "Recorded",
    "actual_dates",
    "all_history",
    "all_medicines",
    "all_participants",
    "all_visits",
    "as_value",
    "campaign_lines",
    "campaigns_of",
    "consent_obstacle",
    "follow_up_obstacle",
    "options_given",
    "consent_values",
    "consented_ids",
    "consents_of",
    "contradiction_by_id",
    "definition_for",
    "digest_of_steps",
    "excluded_from_exports",
    "facts_at",
    "facts_of",
    "procedures_asked",
    "history_terms",
    "in_dosing_session",
    "known_facts",
    "latest_consent",
    "latest_contact_answer",
    "latest_facts",
    "latest_texts",
    "latest_values",
    "may_contact",
    "may_obtain_consent",
    "moment_of_window_end",
    "open_contradiction",
    "open_contradictions",
    "open_signing",
    "open_visits",
    "overdue_visits",
    "preference_history",
    "preferences",
    "procedures_not_done",
    "randomisation_of",
    "rated_variables",
    "recorded_for",
    "second_sources",
    "settled_codes",
    "signatures_of_consents",
    "signed_and_waiting",
    "signed_assessment",
    "signed_ids",
    "standing_consent",
    "steps_of",
    "still_open",
    "took_place_in_window",
    "touch_preferences",
    "values_for",
    "visit_by_id",
    "visit_by_public_id",
    "visit_of",
    "visits_of",
    "what_is_coming",
    "with_counts",
    "with_data_use",
    "withdrawn_scopes",
]


@dataclass(frozen=True)
class KnownFact:
    """A fact that counts at a visit: its value as the rules see it, and where it comes from."""

    fact: Fact
    value: Value


def definition_for(participant: Participant) -> ProtocolDefinition:
    """Returns the protocol under which the participant is in the trial.

    Raises ValueError before consent: nobody is under a protocol before it.
    """
    if participant.protocol_version is None:
        raise ValueError("Nobody is under a protocol before consent.")
    return definition_of(participant.protocol_version)


def facts_of(participant: Participant) -> list[Fact]:
    """Returns the facts that were not replaced by a correction, latest last."""
    return list(_standing_facts(participant).select_related("visit", "recorded_by"))


def latest_facts(participant: Participant, variables: Iterable[str]) -> dict[str, Fact]:
    """Returns the latest fact of each of these variables, whichever visit it is from."""
    found = _standing_facts(participant).filter(variable__in=variables).select_related("recorded_by")
    return {fact.variable: fact for fact in found}


def procedures_asked(visit: Visit, codes: Iterable[str]) -> tuple[Procedure, ...]:
    """Returns what a visit asks for: the protocol's procedures, then the forms beside its file among these codes.

    One statement where there are such forms, none elsewhere.
    """
    definition = definition_for(visit.participant)
    own = definition.procedures_of(visit.code)
    beside = sorted(set(codes) - {procedure.code for procedure in own} - definition.procedures.keys())
    if not beside or visit.participant.protocol_version is None:
        return own
    placed = placements_under(visit.participant.protocol_version)
    return (*own, *(Procedure(code, placed[code].name, placed[code].role) for code in beside if code in placed))


def facts_at(visit: Visit, variables: Iterable[str]) -> dict[str, Fact]:
    """Returns the latest fact of each of these variables that was recorded at a visit."""
    found = _standing_facts(visit.participant).filter(visit=visit, variable__in=variables)
    return {fact.variable: fact for fact in found}


def _standing_facts(participant: Participant) -> "QuerySet[Fact]":
    replaced = Fact.objects.filter(replaces=OuterRef("pk"))
    return Fact.objects.filter(~Exists(replaced), participant=participant).order_by("observed_at", "id")


def known_facts(participant: Participant, *, visit_code: str) -> dict[str, KnownFact]:
    """Returns the fact that counts for each variable at a visit.

    If the procedure that supplies a variable is scheduled at the visit, only a value of that visit counts; otherwise
    the latest value entered does (the head of the protocol file: “which value”).
    """
    definition = definition_for(participant)
    here = frozenset(
        variable.name
        for procedure in definition.procedures_of(visit_code)
        for variable in definition.variables_from(procedure.code, visit_code=visit_code)
    )
    known: dict[str, KnownFact] = {}
    for fact in facts_of(participant):
        variable = definition.variables.get(fact.variable)
        if variable is None or (fact.variable in here and (fact.visit is None or fact.visit.code != visit_code)):
            continue
        known[fact.variable] = KnownFact(fact, as_value(fact.value, variable.type))
    return known


@dataclass(frozen=True)
class Recorded:
    """What is on record of a participant for a visit, read once: the facts that count there, and the consent."""

    participant: Participant
    facts: Mapping[str, KnownFact]
    consent: LatestConsent

    def fact_values(self) -> dict[str, Value]:
        """Returns the facts as the rules see them."""
        return {name: known.value for name, known in self.facts.items()}

    def values(self, *, at: datetime) -> dict[str, Value]:
        """Returns every value that rules may use: facts, and what the records themselves say."""
        return self.fact_values() | consent_values(self.participant, self.consent, at=at)


def recorded_for(participant: Participant, *, visit_code: str) -> Recorded:
    """Reads what is on record of a participant for a visit."""
    return Recorded(participant, known_facts(participant, visit_code=visit_code), latest_consent(participant))


def values_for(participant: Participant, *, visit_code: str, at: datetime) -> dict[str, Value]:
    """Returns every value that rules may use at a visit, for who needs nothing else of the record."""
    return recorded_for(participant, visit_code=visit_code).values(at=at)


def second_sources(participant: Participant, known: Mapping[str, KnownFact]) -> dict[str, Fact]:
    """Returns, for each variable that the protocol takes from two sources, the latest value from another source."""
    asked = definition_for(participant).second_sources
    if not asked:
        return {}
    return {
        fact.variable: fact
        for fact in facts_of(participant)
        if fact.variable in asked and fact.variable in known and fact.source != known[fact.variable].fact.source
    }


def rated_variables(definition: ProtocolDefinition) -> frozenset[str]:
    """Returns the variables that an independent rater's scores supply; their values stay behind the firewall."""
    duties = ROLES[Role.INDEPENDENT_RATER].duties
    rated = {
        code
        for code, procedure in definition.procedures.items()
        if procedure.role in duties and "items" in definition.instruments.get(procedure.instrument or code, {})
    }
    return frozenset(name for name, variable in definition.variables.items() if rated.intersection(variable.procedures))


def latest_values(participant: Participant, *, at: datetime) -> dict[str, Value]:
    """Returns the latest value of every variable, whichever visit it is from; what stopping rules judge by."""
    definition = definition_for(participant)
    values = {
        name: as_value(text, definition.variables[name].type)
        for name, text in latest_texts(participant).items()
        if name in definition.variables
    }
    return values | consent_values(participant, latest_consent(participant), at=at)


def latest_texts(participant: Participant) -> dict[str, str]:
    """Returns the latest stored value of every variable, as it was entered."""
    return dict(_standing_facts(participant).values_list("variable", "value"))


def as_value(text: str, kind: str) -> Value:
    """Returns a stored value in the type of its variable; numbers are exact decimals."""
    if kind == "bool":
        return text == "true"
    return Decimal(text) if kind == "number" else text


def actual_dates(participant: Participant) -> dict[str, date]:
    """Returns the local date on which each visit started; the screening visit's last day."""
    zone = participant.site.zone
    started = participant.visits.filter(started_at__isnull=False).values_list("code", "kind", "started_at", "ended_at")
    return {
        code: local_date(ended if kind == "screening" and ended else began, zone=zone)
        for code, kind, began, ended in started
        if began is not None
    }


def randomisation_of(participant: Participant) -> Randomisation | None:
    """Returns the participant's randomisation as the database has it now."""
    return Randomisation.objects.filter(participant=participant).first()


@prepared
def _visits(participant_id: Any) -> QuerySet[Visit]:
    return Visit.objects.filter(participant_id=participant_id).order_by("order", "target_on", "id")


def visits_of(participant: Participant) -> list[Visit]:
    """Returns the participant's visits in the order of the protocol."""
    return _visits(participant_id=participant.pk)


def visit_of(participant: Participant, code: str) -> Visit | None:
    """Returns the participant's visit with a code."""
    return participant.visits.filter(code=code).first()


def participant_by_id(participant_id: int) -> Participant:
    """Returns a participant that an event names."""
    return Participant.objects.select_related("site", "protocol_version").get(pk=participant_id)


def booked_from(participant: Participant, *, at: datetime) -> list[Visit]:
    """Returns the visits of a participant that are booked from a moment on, the next first."""
    return list(Visit.objects.filter(participant=participant, state="booked", booked_at__gte=at).order_by("booked_at"))


def visit_by_id(visit_id: int) -> Visit:
    """Returns a visit that an event names."""
    found = Visit.objects.select_related("participant__site", "participant__protocol_version", "site")
    return found.get(pk=visit_id)


def visit_by_public_id(participant: Participant, public_id: str) -> Visit | None:
    """Returns one of the participant's visits by its public id."""
    return participant.visits.filter(public_id=public_id).first()


def settled_codes(participant: Participant) -> frozenset[str]:
    """Returns the codes of visits that are done or recorded as missed."""
    states = [VisitState.DONE, VisitState.MISSED, VisitState.CANCELLED]
    return frozenset(participant.visits.filter(state__in=states).values_list("code", flat=True))


def open_visits(site_ids: Iterable[int] | None) -> "QuerySet[Visit]":
    """Returns the visits that are planned or booked and have a window, by the day on which it closes."""
    found = Visit.objects.filter(state__in=[VisitState.PLANNED, VisitState.BOOKED], latest_on__isnull=False)
    if site_ids is not None:
        found = found.filter(site_id__in=site_ids)
    whole = found.select_related("participant__protocol_version", "participant__site", "site")
    return whole.order_by("latest_on", "id")


def moment_of_window_end(visit: Visit) -> datetime:
    """Returns the end of the visit's window at its site, or when it was booked for, if it has no window."""
    if visit.latest_on is None:
        return visit.booked_at or visit.recorded_at
    return datetime.combine(visit.latest_on, time.max, tzinfo=ZoneInfo(visit.participant.site.zone))


def took_place_in_window(visit: Visit) -> bool:
    """Returns whether a visit started within its window; one without a window did."""
    if visit.started_at is None or visit.earliest_on is None or visit.latest_on is None:
        return True
    return visit.earliest_on <= local_date(visit.started_at, zone=visit.participant.site.zone) <= visit.latest_on


def overdue_visits(*, at: datetime) -> list[Visit]:
    """Returns the open visits whose window ended at their site before the day of `at`."""
    return [
        visit
        for visit in open_visits(None)
        if visit.latest_on is not None and visit.latest_on < local_date(at, zone=visit.site.zone)
    ]


def signed_ids(table: str, ids: Iterable[int]) -> set[int]:
    """Returns which rows of a table carry a signature that was not superseded."""
    standing = Signature.objects.filter(record_table=table, record_id__in=list(ids), superseded_at__isnull=True)
    return set(standing.values_list("record_id", flat=True))


def all_participants() -> QuerySet[Participant]:
    """Returns every participant the actor may see, with what a dataset reads of it."""
    return with_data_use(Participant.objects.select_related("site", "protocol_version"))


def all_visits() -> QuerySet[Visit]:
    """Returns every visit the actor may see, with what a dataset reads of it."""
    return Visit.objects.select_related("site", "participant")
