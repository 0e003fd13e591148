"""Values that speak against a signed verdict: the flag, and what it closes until a newer verdict is signed."""

from collections.abc import Collection
from datetime import datetime

from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from patients import queries
from patients.events import EligibilityContradicted
from patients.models import EligibilityAssessment, EligibilityContradiction, Fact, Participant
from patients.screening import evidence_of
from protocol.eligibility import ELIGIBLE, judge_again
from protocol.expressions import Value
from trials.queries import definition_of


def raise_contradiction(
    participant: Participant, *, variables: Collection[str], by: Person, at: datetime
) -> EligibilityContradiction | None:
    """Keeps a flag when values that were just recorded make a criterion fail that a signed verdict found in order.

    What was found at a later visit than the judged one belongs to treatment, not to eligibility, once somebody is
    treated. Returns the flag, or None where nothing speaks against the verdict.
    """
    signed = queries.signed_assessment(participant)
    if signed is None or signed.result != ELIGIBLE:
        return None
    newer = [fact for fact in newer_facts(signed) if fact.variable in variables]
    failing = failing_with(signed, newer)
    if not failing:
        return None
    speaking = next(fact for fact in reversed(newer) if fact.variable in failing)
    criteria = list(dict.fromkeys(code for codes in failing.values() for code in codes))
    with contribution(by=by, reason="A value speaks against the signed eligibility"):
        flag, raised = EligibilityContradiction.objects.get_or_create(
            assessment=signed,
            fact=speaking,
            defaults={
                "participant": participant,
                "site_id": participant.site_id,
                "criteria": criteria,
                "raised_at": at,
                "recorded_by": by,
            },
        )
        if raised:
            publish(EligibilityContradicted(flag.pk))
    return flag


def check_uncontradicted(participant: Participant) -> None:
    """Raises Refused while a value speaks against the signed eligibility and no newer verdict is signed."""
    flag = queries.open_contradiction(participant)
    if flag is not None:
        raise Refused(flag.sentence)


def newer_facts(signed: EligibilityAssessment) -> list[Fact]:
    """Returns the facts that were recorded after the verdict and are about the time before treatment."""
    seen = {int(item["fact"]) for criterion in signed.criteria for item in criterion["evidence"] if item.get("fact")}
    definition = definition_of(signed.protocol_version)
    judged_order = definition.visits_by_code[signed.visit_code].order
    treated = signed.participant.visits.filter(kind="dosing", started_at__isnull=False).exists()
    facts = Fact.objects.filter(
        participant_id=signed.participant_id, replaced_by__isnull=True, recorded_at__gte=signed.recorded_at
    )
    return [
        fact
        for fact in facts.select_related("visit").order_by("observed_at", "id")
        if fact.pk not in seen and not (treated and fact.visit is not None and fact.visit.order > judged_order)
    ]


def failing_with(signed: EligibilityAssessment, newer: list[Fact]) -> dict[str, list[str]]:
    """Returns, by variable, the criteria that fail with the newer values and did not in the signed verdict."""
    definition = definition_of(signed.protocol_version)
    newest: dict[str, Value] = {
        fact.variable: queries.as_value(fact.value, definition.variables[fact.variable].type)
        for fact in newer
        if fact.variable in definition.variables
    }
    if not newest:
        return {}
    verdict = judge_again(definition, visit_code=signed.visit_code, evidence=evidence_of(signed), newer=newest)
    failed_then = {c["code"] for c in signed.criteria if c["state"] in ("not_met", "present")}
    found: dict[str, list[str]] = {}
    for criterion in verdict.criteria:
        if criterion.fails and criterion.code not in failed_then:
            for evidence in criterion.evidence:
                if evidence.variable in newest:
                    found.setdefault(evidence.variable, []).append(criterion.code)
    return found
