"""The verdict on eligibility, its signature, enrolment and screen failure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person, Signature, SignatureMeaning
from core.signatures import sign, standing_signatures
from patients import queries, screening
from patients.actions.contradictions import check_uncontradicted, failing_with, newer_facts
from patients.events import EligibilityJudged, EligibilitySigned
from patients.models import EligibilityAssessment, Fact, Participant, ParticipantStatus, ScreenFailure
from protocol.definition import ProtocolDefinition
from protocol.eligibility import ELIGIBLE, CriterionVerdict
from protocol.eligibility import judge_eligibility as judge

OTHER = "other"


def judge_eligibility(participant: Participant, *, visit_code: str, by: Person, at: datetime) -> EligibilityAssessment:
    """Writes the verdict on every criterion due at a visit, with the evidence as it stands now."""
    assessment = unwritten_verdict(participant, visit_code=visit_code, by=by, at=at)
    with contribution(by=by, reason="Eligibility judged"):
        assessment.save(force_insert=True)
        publish(EligibilityJudged(assessment.pk))
    return assessment


def unwritten_verdict(participant: Participant, *, visit_code: str, by: Person, at: datetime) -> EligibilityAssessment:
    """Returns the verdict as the evidence stands now; nothing is written.

    Raises Refused before consent.
    """
    if participant.protocol_version is None:
        raise Refused("No procedure before consent: record the participant's consent first.")
    definition = queries.definition_for(participant)
    known = screening.counting_facts(participant, queries.known_facts(participant, visit_code=visit_code))
    old = screening.outdated_at(participant, known, on=local_date(at, zone=participant.site.zone))
    known = {name: each for name, each in known.items() if name not in old}
    verdict = judge(definition, visit_code=visit_code, values={name: k.value for name, k in known.items()})
    second = queries.second_sources(participant, known)
    criteria = [
        _criterion_record(criterion, known, definition, second)
        | {"outdated": [_of_fact(old[name]) | {"variable": name} for name in criterion.missing if name in old]}
        for criterion in verdict.criteria
    ]
    return EligibilityAssessment(
        participant=participant,
        site=participant.site,
        visit_code=visit_code,
        protocol_version=participant.protocol_version,
        result=verdict.result,
        criteria=criteria,
        judged_at=at,
        recorded_by=by,
    )


def sign_eligibility(
    assessment: EligibilityAssessment, *, password: str, shown_digest: str, by: Person, at: datetime
) -> Signature:
    """Signs exactly the verdict that was shown.

    Raises Refused while something is undetermined or newer evidence exists, WrongPassword, or Conflict.
    """
    if assessment.result == "undetermined":
        raise Refused("Criteria are still open. What is unknown cannot be signed as eligible.")
    latest = latest_assessment(assessment.participant)
    if latest is not None and latest.pk != assessment.pk:
        raise Refused("A newer verdict exists. Read and sign that one.")
    if failing_with(assessment, newer_facts(assessment)):
        raise Refused("Values were recorded since that speak against this verdict. Judge it anew, then sign.")
    with contribution(by=by, reason="Eligibility signed"):
        signature = sign(
            assessment,
            by=by,
            password=password,
            meaning=SignatureMeaning.RESPONSIBILITY,
            at=at,
            shown_digest=shown_digest,
        )
        publish(EligibilitySigned(assessment.pk))
    return signature


def enrol(participant: Participant, *, by: Person, at: datetime) -> Participant:
    """Enrols a participant whose latest verdict is eligible and signed; asked twice, it does so once.

    Raises Refused without that signature, and for somebody who is no longer in screening.
    """
    if participant.status == ParticipantStatus.ENROLLED:
        return participant
    if participant.status != ParticipantStatus.SCREENING:
        raise Refused(f"{participant.screening_number} is not in screening; nobody is enrolled from there.")
    assessment = latest_assessment(participant)
    if assessment is None or assessment.result != ELIGIBLE or not standing_signatures(assessment):
        raise Refused("The investigator has not signed this participant as eligible.")
    check_uncontradicted(participant)
    with contribution(by=by, reason="Enrolled"):
        participant.enrol()
        participant.enrolled_at = at
        participant.save(update_fields=["status", "enrolled_at"])
    return participant


def fail_screening(
    participant: Participant,
    *,
    reason: str,
    by: Person,
    at: datetime,
    category: str = OTHER,
    criteria: Sequence[str] = (),
) -> ScreenFailure:
    """Records that a person does not go on before randomisation: the criteria against it, and the reason in words.

    Raises Refused without either, for a criterion or a kind of reason that the protocol does not have, and after
    randomisation.
    """
    _check_failure(participant, reason=reason, category=category, criteria=criteria)
    allowed = (ParticipantStatus.CONTACTED, ParticipantStatus.SCREENING, ParticipantStatus.ENROLLED)
    if participant.status not in allowed:
        raise Refused("After randomisation a participant discontinues or withdraws; it is no screen failure.")
    words = ": ".join(part for part in (", ".join(criteria), reason.strip()) if part)[:300]
    with contribution(by=by, reason=words):
        participant.fail_screening()
        participant.status_reason = words
        participant.save(update_fields=["status", "status_reason"])
        failure = ScreenFailure.objects.create(
            participant=participant,
            site=participant.site,
            category=category,
            criteria=list(criteria),
            note=reason.strip()[:300],
            failed_at=at,
            recorded_by=by,
        )
        participant.visits.filter(state__in=["planned", "booked"]).update(
            state="cancelled", missed_reason="Screen failure"
        )
    return failure


def _check_failure(participant: Participant, *, reason: str, category: str, criteria: Sequence[str]) -> None:
    if not reason.strip() and not criteria:
        raise Refused("Say why the person does not go on.", field="reason")
    if participant.protocol_version is None:
        return
    definition = queries.definition_for(participant)
    known = {rule.code for rule in (*definition.inclusion, *definition.exclusion)}
    strange = [code for code in criteria if code not in known]
    if strange:
        raise Refused(f"The protocol has no criterion {', '.join(strange)}.", field="criteria")
    if definition.screening.failure_reasons and category not in definition.screening.failure_reasons:
        raise Refused("Choose why the person does not go on.", field="category")


def latest_assessment(participant: Participant) -> EligibilityAssessment | None:
    """Returns the newest verdict on a participant."""
    return EligibilityAssessment.objects.filter(participant=participant).order_by("-judged_at", "-id").first()


def _criterion_record(
    criterion: CriterionVerdict,
    known: dict[str, queries.KnownFact],
    definition: ProtocolDefinition,
    second: dict[str, Fact],
) -> dict[str, Any]:
    return {
        "code": criterion.code,
        "text": criterion.text,
        "kind": criterion.kind,
        "state": criterion.state,
        "missing": list(criterion.missing),
        "evidence": [
            {"variable": evidence.variable, "value": evidence.text, "unit": evidence.unit}
            | _provenance(known.get(evidence.variable))
            | _second_source(evidence.variable, known, definition, second)
            for evidence in criterion.evidence
        ],
    }


def _provenance(known: queries.KnownFact | None) -> dict[str, str]:
    return {"source": "Protocol version"} if known is None else _of_fact(known.fact)


def _second_source(
    variable: str, known: dict[str, queries.KnownFact], definition: ProtocolDefinition, second: dict[str, Fact]
) -> dict[str, Any]:
    """Returns what the other source says, where the protocol asks for one."""
    if variable not in definition.second_sources or variable not in known:
        return {}
    found = second.get(variable)
    said = {} if found is None else _of_fact(found) | {"agrees": found.value == known[variable].fact.value}
    return {"second": {"asked": definition.second_sources[variable]} | said}


def _of_fact(fact: Fact) -> dict[str, str]:
    return {
        "source": fact.source,
        "observed_at": fact.observed_at.isoformat(),
        "entered_by": fact.recorded_by.display_name,
        "fact": str(fact.pk),
    }
