"""Scores of a locked assessment, written under Vigil's own name with the facts that the protocol reads from them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from assessments import queries
from assessments.form_versions import definition_asked
from assessments.instruments import INDEPENDENT, SECOND, form_procedures, instrument_code, rated_procedures
from assessments.models import Assessment, AssessmentScore, ItemCorrection
from assessments.scores import TOTAL, Scored, as_text, fact_values
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from patients import actions as patient_actions
from protocol.definition import Procedure
from trials.queries import definition_of

if TYPE_CHECKING:
    from patients.models import Visit


def score_as_system(assessment: Assessment, *, at: datetime) -> None:
    """Writes what a form came to when it is locked; the visit's procedure is done with it."""
    # The rater's rights do not open the participant's rows, so the scores are written under Vigil's own name.
    scoring = Person.objects.system("scoring")
    with contribution(by=scoring, reason=f"Scores of assessment {assessment.public_id}"):
        scored = queries.scored(assessment)
        _write_scores(assessment, scored, by=scoring)
        if assessment.respondent == SECOND:
            # It says how raters agree, and nothing of the participant's course.
            return
        try:
            _write_at_visit(assessment, scored, by=scoring, at=at)
        except Refused as error:
            # The reason may say what a rater must not know.
            raise Refused("This cannot be locked now. Nothing is lost; please tell the trial's office.") from error


def scored_as_system(assessment: Assessment) -> Scored:
    """Returns what a form comes to now; a rater's rights do not open the participant's rows."""
    scoring = Person.objects.system("scoring")
    with contribution(by=scoring, reason=f"Scores of assessment {assessment.public_id} read"):
        return queries.scored(assessment)


def score_anew(assessment: Assessment, *, cause: ItemCorrection, before: Scored, at: datetime) -> None:
    """Writes what a form comes to after a correction, beside what it came to before; facts that changed follow.

    Raises Refused when a value that the protocol reads from the form would no longer be known.
    """
    scoring = Person.objects.system("scoring")
    with contribution(by=scoring, reason=f"Item {cause.item} of assessment {assessment.public_id} corrected"):
        scored = queries.scored(assessment)
        _write_scores(assessment, scored, by=scoring, cause=cause)
        if assessment.respondent != SECOND:
            _correct_facts(assessment, before, scored, by=scoring, at=at)


def _correct_facts(assessment: Assessment, before: Scored, now: Scored, *, by: Person, at: datetime) -> None:
    visit = _visit_of(assessment)
    procedure = _procedure_of(assessment, visit)
    definition = definition_of(assessment.protocol_version)
    old, new = (
        fact_values(definition, procedure_code=procedure.code, visit_code=visit.code, scored=each)
        for each in (before, now)
    )
    if set(old) - set(new):
        raise Refused("The protocol goes by this answer. It can be corrected, but not taken back.", field="value")
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if changed:
        entries = _entries(changed, procedure, at=at)
        patient_actions.record_facts(visit.participant, facts=entries, visit=visit, by=by, at=at)


def _write_scores(assessment: Assessment, scored: Scored, *, by: Person, cause: ItemCorrection | None = None) -> None:
    common = {
        "site_id": assessment.site_id,
        "assessment": assessment,
        "recorded_by": by,
        "cause": cause,
        "computation": 1 if cause is None else queries.computations_of(assessment) + 1,
    }
    if not scored.score.complete:
        reason = " ".join(part for part in (scored.score.reason, assessment.missing_reason) if part)
        AssessmentScore.objects.create(name=TOTAL, complete=False, incomplete_reason=reason[:300], **common)
        return
    values = dict(scored.score.values)
    if scored.diagnosis is not None:
        values["diagnosis"] = scored.diagnosis
    AssessmentScore.objects.bulk_create(
        AssessmentScore(name=name, value=as_text(value), complete=True, **common) for name, value in values.items()
    )


def _write_at_visit(assessment: Assessment, scored: Scored, *, by: Person, at: datetime) -> None:
    visit = _visit_of(assessment)
    procedure = _procedure_of(assessment, visit)
    facts = fact_values(
        definition_of(assessment.protocol_version), procedure_code=procedure.code, visit_code=visit.code, scored=scored
    )
    if facts:
        entries = _entries(facts, procedure, at=at)
        patient_actions.record_facts(visit.participant, facts=entries, visit=visit, by=by, at=at)
    if visit.started_at is not None or _begin(visit, began_at=assessment.started_at or at, by=by):
        patient_actions.record_procedure(visit, code=procedure.code, state="done", at=at, by=by)
        _end_if_all_done(visit, by=by, at=at)


def _entries(facts: Mapping[str, str], procedure: Procedure, *, at: datetime) -> list[patient_actions.FactEntry]:
    return [
        patient_actions.FactEntry(variable=name, value=value, unit="", observed_at=at, source=procedure.code)
        for name, value in facts.items()
    ]


def _visit_of(assessment: Assessment) -> "Visit":
    whole = Assessment.objects.select_related("visit__participant__protocol_version", "visit__participant__site")
    return whole.get(pk=assessment.pk).visit


def _begin(visit: "Visit", *, began_at: datetime, by: Person) -> bool:
    try:
        patient_actions.start_visit(visit, by=by, at=began_at)
    except Refused:
        # The answers count; what still stands before the visit is for the coordinator to settle.
        return False
    return True


def _end_if_all_done(visit: "Visit", *, by: Person, at: datetime) -> None:
    if visit.ended_at is None and not visit.procedures.filter(state="due").exists():
        patient_actions.finish_visit(visit, by=by, at=at)


def _procedure_of(assessment: Assessment, visit: "Visit") -> Procedure:
    definition = definition_asked(assessment)
    independent = assessment.respondent == INDEPENDENT
    offered = rated_procedures(definition, visit.code) if independent else form_procedures(definition, visit.code)
    found = (procedure for procedure in offered if instrument_code(procedure) == assessment.instrument)
    # A form beside the protocol's file may have been added to any visit, or be asked elsewhere by now.
    return next(found, None) or definition.procedures[assessment.instrument]
