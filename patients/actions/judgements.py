"""What a clinician judges and signs: criteria that nobody measures, and results out of range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign
from patients import queries, screening
from patients.actions.facts import FactEntry, check_open, record_facts
from patients.models import ClinicalJudgement, Participant
from protocol.definition import ProtocolDefinition
from trials.queries import duties_of


@dataclass(frozen=True)
class ResultJudgement:
    """Whether a result out of range matters, and the clinician's word on it."""

    significant: bool
    comment: str = ""


@dataclass(frozen=True)
class Sitting:
    """What a clinician says in one sitting: variables answered with true or false, and results by their public id."""

    answers: Mapping[str, bool]
    results: Mapping[str, ResultJudgement]
    grounds: str


def judge_clinically(
    participant: Participant, sitting: Sitting, *, password: str, submission_id: UUID, by: Person, at: datetime
) -> ClinicalJudgement:
    """Keeps and signs what a clinician judged; the answers become facts that count for eligibility.

    Raises Refused without a word to judge or grounds for it, for a variable or result that nobody judges, and for
    somebody who does not hold the protocol's duty; WrongPassword.
    """
    known = ClinicalJudgement.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    check_open(participant)
    if not sitting.answers and not sitting.results:
        raise Refused("Judge at least one criterion or result.")
    if not sitting.grounds.strip():
        raise Refused("Say on what grounds.", field="grounds")
    definition = queries.definition_for(participant)
    duties = _duties_needed(definition, sitting)
    _check_duties(participant, definition, duties, by=by, at=at)
    shown = _results_shown(participant, sitting.results)
    with contribution(by=by, reason="Judged by a clinician"):
        judgement = ClinicalJudgement.objects.create(
            participant=participant,
            site=participant.site,
            answers=dict(sitting.answers),
            results=shown,
            duties=duties,
            grounds=sitting.grounds.strip()[:600],
            judged_at=at,
            submission_id=submission_id,
            recorded_by=by,
        )
        sign(judgement, by=by, password=password, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
        _keep_answers(judgement, by=by, at=at)
    return judgement


def _duties_needed(definition: ProtocolDefinition, sitting: Sitting) -> list[str]:
    judged_by = definition.screening.judgements
    for name in sitting.answers:
        if name not in judged_by:
            raise Refused(f"The protocol lets nobody judge “{name.replace('_', ' ')}”.", field=name)
    needed = {judged_by[name] for name in sitting.answers}
    if sitting.results and definition.screening.significance_by:
        needed.add(definition.screening.significance_by)
    return sorted(needed)


def _check_duties(
    participant: Participant, definition: ProtocolDefinition, duties: Sequence[str], *, by: Person, at: datetime
) -> None:
    held = duties_of(by, site_id=participant.site_id, on=local_date(at, zone=participant.site.zone))
    lacking = [definition.roles[duty].name for duty in duties if duty not in held]
    if lacking:
        raise Refused(f"This is judged by: {', '.join(lacking)}. The delegation log does not give you that duty.")


def _results_shown(participant: Participant, judged: Mapping[str, ResultJudgement]) -> list[dict[str, object]]:
    if not judged:
        return []
    lines = {line.result.public_id: line for line in screening.result_lines(participant)}
    shown = []
    for public_id, said in judged.items():
        line = lines.get(public_id)
        if line is None or line.flag not in screening.OUT_OF_RANGE:
            raise Refused("A result that was judged stands no longer, or is in range. Look at the results anew.")
        if said.significant and not said.comment.strip():
            raise Refused(f"Say what {line.measure.name} means.", field=f"comment_{public_id}")
        limits = line.normal
        shown.append(
            {
                "result": public_id,
                "measure": line.measure.code,
                "value": line.result.value,
                "unit": line.result.unit,
                "flag": line.flag,
                "low": str(limits.low) if limits and limits.low is not None else "",
                "high": str(limits.high) if limits and limits.high is not None else "",
                "significant": said.significant,
                "comment": said.comment.strip()[:300],
            }
        )
    return shown


def _keep_answers(judgement: ClinicalJudgement, *, by: Person, at: datetime) -> None:
    if not judgement.answers:
        return
    participant = judgement.participant
    variables = queries.definition_for(participant).variables
    supplied_by = {code for name in judgement.answers for code in variables[name].procedures}
    visit = participant.visits.filter(procedures__code__in=supplied_by).order_by("order").first()
    entries = [
        FactEntry(name, "true" if answer else "false", "Judged and signed", at)
        for name, answer in judgement.answers.items()
    ]
    record_facts(participant, facts=entries, visit=visit, judgement=judgement, by=by, at=at)
