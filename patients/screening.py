"""Reads on the screening record: entries as they stand, results with their flags, judgements, the washout plan."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from core.clock import local_date
from core.models import Signature
from patients import queries
from patients.models import (
    ClinicalJudgement,
    EligibilityAssessment,
    Fact,
    HistoryEntry,
    LabRange,
    Medicine,
    Participant,
    PriorTreatment,
    PriorUseEntry,
    Result,
    ScreeningEntry,
)
from protocol.definition import Measure, ProtocolDefinition
from protocol.eligibility import outdated
from protocol.screening.measures import ABNORMAL, HIGH, LOW, NormalRange, flag_of, range_for
from protocol.screening.prior_use import Occasions
from protocol.screening.treatments import EarlierTreatment
from protocol.washout import TakenMedicine, WashoutPlan, plan_washout

E = TypeVar("E", bound=ScreeningEntry)
OUT_OF_RANGE = (LOW, HIGH, ABNORMAL)


@dataclass(frozen=True)
class JudgedResult:
    """What a clinician said of a result out of range."""

    significant: bool
    comment: str
    by: str
    judged_at: datetime


@dataclass(frozen=True)
class ResultLine:
    """One result as it stands, with the range that holds for it, its flag, and what a clinician said."""

    result: Result
    measure: Measure
    normal: NormalRange | None
    flag: str
    judged: JudgedResult | None

    @property
    def waits(self) -> bool:
        """Returns whether a clinician must still say what it means."""
        return self.flag in OUT_OF_RANGE and self.judged is None


def standing(model: type[E], participant: Participant) -> list[E]:
    """Returns the entries of one kind that were neither replaced nor withdrawn, in the order in which they came."""
    found = model._default_manager.filter(participant=participant, replaced_by__isnull=True, withdrawn=False)
    return list(found.select_related("recorded_by").order_by("observed_at", "id"))


def history_of(participant: Participant) -> list[HistoryEntry]:
    """Returns the medical and psychiatric history."""
    return standing(HistoryEntry, participant)


def treatments_of(participant: Participant) -> list[PriorTreatment]:
    """Returns the treatments that were tried before."""
    return standing(PriorTreatment, participant)


def uses_of(participant: Participant) -> list[PriorUseEntry]:
    """Returns the earlier use of the study drug by year."""
    return sorted(standing(PriorUseEntry, participant), key=lambda entry: -entry.year)


def medicines_of(participant: Participant) -> list[Medicine]:
    """Returns every medicine that is or was taken."""
    return standing(Medicine, participant)


def prohibited_of(participant: Participant) -> list[Medicine]:
    """Returns the medicines of a class that the protocol prohibits."""
    return [medicine for medicine in medicines_of(participant) if medicine.medicine_class]


def as_treatment(row: PriorTreatment) -> EarlierTreatment:
    """Returns an earlier treatment as the rules see it."""
    return EarlierTreatment(
        row.name, row.kind, row.started, row.ended, row.response, dose_mg=row.dose_mg, sessions=row.sessions
    )


def as_occasions(row: PriorUseEntry) -> Occasions:
    """Returns a year of earlier use as the rules see it."""
    return Occasions(row.year, row.occasions, row.last_used)


def washout_plan(participant: Participant, medicines: Iterable[Medicine]) -> WashoutPlan | None:
    """Returns the plan of the prohibited medicines; None before consent."""
    first = participant.consents.order_by("signed_at", "id").first()
    if participant.protocol_version is None or first is None:
        return None
    taken = [
        TakenMedicine(row.name, row.last_taken_on, row.planned_last_on, row.taper_from)
        for row in medicines
        if row.medicine_class
    ]
    return plan_washout(
        queries.definition_for(participant),
        taken,
        consent_on=local_date(first.signed_at, zone=participant.site.zone),
        actual=queries.actual_dates(participant),
    )


# --- results -------------------------------------------------------------------------------------------------------
def ranges_of(site_ids: Iterable[int]) -> dict[int, dict[str, list[NormalRange]]]:
    """Returns the ranges of normal by site and measure."""
    found: dict[int, dict[str, list[NormalRange]]] = defaultdict(lambda: defaultdict(list))
    for row in LabRange.objects.filter(site_id__in=list(site_ids)):
        found[row.site_id][row.measure].append(as_range(row))
    return found


def as_range(row: LabRange) -> NormalRange:
    """Returns a range of normal as the rules see it."""
    return NormalRange(
        row.measure, row.laboratory, row.low, row.high, row.valid_from, row.sex, row.age_from, row.age_to
    )


def result_lines(participant: Participant) -> list[ResultLine]:
    """Returns the results as they stand, the newest first, in four statements."""
    definition = queries.definition_for(participant)
    found = Result.objects.filter(participant=participant, replaced_by__isnull=True)
    rows = list(found.select_related("visit", "recorded_by").order_by("-collected_at", "id"))
    ranges = ranges_of([participant.site_id])[participant.site_id]
    sex, age = person_of(definition, Fact.objects.filter(participant=participant, replaced_by__isnull=True))
    judged = judged_results(participant)
    lines = []
    for row in rows:
        measure = definition.screening.measures.get(row.measure)
        if measure is None:
            continue
        normal = range_for(
            ranges[row.measure],
            laboratory=row.laboratory,
            sex=sex,
            age=age,
            on=local_date(row.collected_at, zone=participant.site.zone),
        )
        flag = flag_of(measure, row.value, normal)
        lines.append(ResultLine(row, measure, normal, flag, judged.get(row.public_id)))
    return lines


def person_of(definition: ProtocolDefinition, facts: Iterable[Fact]) -> tuple[str, Decimal | None]:
    """Returns the sex and the age of a person by which ranges of normal are chosen; the latest facts count."""
    names = definition.screening
    sex, age = "", None
    for fact in sorted(facts, key=lambda fact: (fact.observed_at, fact.pk)):
        if fact.variable == names.sex_variable:
            sex = fact.value
        elif fact.variable == names.age_variable:
            age = Decimal(fact.value)
    return sex, age


def judgements_of(participant: Participant) -> list[ClinicalJudgement]:
    """Returns what clinicians judged and signed of a participant, oldest first."""
    signed = Signature.objects.filter(record_table=ClinicalJudgement._meta.db_table, superseded_at__isnull=True).values(
        "record_id"
    )
    found = ClinicalJudgement.objects.filter(participant=participant, pk__in=signed)
    return list(found.select_related("recorded_by").order_by("judged_at", "id"))


def judged_results(participant: Participant) -> dict[str, JudgedResult]:
    """Returns what clinicians said of results, by the result's public id; the latest word counts."""
    return {
        said["result"]: JudgedResult(
            said["significant"], said["comment"], judgement.recorded_by.display_name, judgement.judged_at
        )
        for judgement in judgements_of(participant)
        for said in judgement.results
    }


def counting_facts(participant: Participant, known: dict[str, queries.KnownFact]) -> dict[str, queries.KnownFact]:
    """Returns the facts that count once those are left out which a clinician must judge and has not.

    What was judged no longer counts when a later value says otherwise: then it is to be judged anew.
    """
    judged_by = queries.definition_for(participant).screening.judgements
    wanted = judged_by.keys() & known.keys()
    if not wanted:
        return known
    latest: dict[str, Fact] = {}
    for fact in queries.facts_of(participant):
        if fact.variable not in wanted:
            continue
        before = latest.get(fact.variable)
        if fact.judgement_id is not None or before is None or before.value != fact.value:
            latest[fact.variable] = fact
    counting = {name: fact for name, fact in latest.items() if fact.judgement_id is not None}
    definition = queries.definition_for(participant)
    return {name: fact for name, fact in known.items() if name not in wanted} | {
        name: queries.KnownFact(fact, queries.as_value(fact.value, definition.variables[name].type))
        for name, fact in counting.items()
    }


def outdated_at(participant: Participant, known: dict[str, queries.KnownFact], *, on: date) -> dict[str, Fact]:
    """Returns the facts that are older than the protocol lets a result be on a day."""
    definition, zone = queries.definition_for(participant), participant.site.zone
    return {
        name: each.fact
        for name, each in known.items()
        if outdated(definition, variable=name, observed_on=local_date(each.fact.observed_at, zone=zone), on=on)
    }


def evidence_of(assessment: EligibilityAssessment) -> dict[str, str]:
    """Returns the values on which a verdict rests, as it shows them."""
    return {item["variable"]: item["value"] for criterion in assessment.criteria for item in criterion["evidence"]}


def signers(judgements: Sequence[ClinicalJudgement]) -> dict[int, list[Any]]:
    """Returns the signatures of judgements by row."""
    found: dict[int, list[Any]] = defaultdict(list)
    rows = Signature.objects.filter(
        record_table=ClinicalJudgement._meta.db_table, record_id__in=[row.pk for row in judgements]
    )
    for signature in rows.order_by("id"):
        found[signature.record_id].append(signature)
    return found
