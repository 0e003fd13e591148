"""An old verdict computed again from what was kept with it: the version of the protocol and the evidence."""

from collections.abc import Iterable
from dataclasses import dataclass

from patients.models import EligibilityAssessment, Fact
from patients.screening import evidence_of
from protocol.eligibility import judge_again
from trials.queries import definition_of


@dataclass(frozen=True)
class Recheck:
    """What computing a verdict again showed; no difference is what is to be expected."""

    assessment: EligibilityAssessment
    differences: tuple[str, ...]


def recheck(assessment: EligibilityAssessment) -> Recheck:
    """Computes a verdict again and compares result, criteria and evidence with what was kept."""
    definition = definition_of(assessment.protocol_version)
    verdict = judge_again(definition, visit_code=assessment.visit_code, evidence=evidence_of(assessment))
    differences = []
    if verdict.result != assessment.result:
        differences.append(f"result: kept {assessment.result}, computed {verdict.result}")
    kept = {criterion["code"]: criterion for criterion in assessment.criteria}
    for criterion in verdict.criteria:
        before = kept.pop(criterion.code, None)
        if before is None:
            differences.append(f"{criterion.code}: not kept")
        elif before["state"] != criterion.state:
            differences.append(f"{criterion.code}: kept {before['state']}, computed {criterion.state}")
    differences += [f"{code}: not in the version of the protocol" for code in kept]
    return Recheck(assessment, (*differences, *_evidence_differences(assessment)))


def recheck_all(assessments: Iterable[EligibilityAssessment]) -> list[Recheck]:
    """Computes verdicts again, oldest first."""
    return [recheck(assessment) for assessment in assessments]


def _evidence_differences(assessment: EligibilityAssessment) -> list[str]:
    """Returns each piece of evidence that its fact, as it stands in the record, does not bear out."""
    cited = {
        int(item["fact"]): item
        for criterion in assessment.criteria
        for item in criterion["evidence"]
        if item.get("fact")
    }
    facts = Fact.objects.in_bulk(list(cited))
    found = []
    for key, item in cited.items():
        fact = facts.get(key)
        if fact is None:
            found.append(f"{item['variable']}: the value it rests on is not in the record")
        elif fact.variable != item["variable"] or fact.text.replace("_", " ") != item["value"]:
            found.append(f"{item['variable']}: kept {item['value']}, the record has {fact.text}")
    return found
