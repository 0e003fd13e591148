"""Guesses at the arm: of the study team, of the rater at the end of the interview, and of the participant."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from assessments.instruments import certainty_choices, guess_choices, instrument_code, is_guess
from assessments.models import ArmGuess, Assessment, AssessmentState, ItemValue
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from patients import actions as patient_actions
from protocol.definition import Procedure, ProtocolDefinition
from trials.queries import definition_of

if TYPE_CHECKING:
    from patients.models import Visit

TABLET = "tablet"
# A rating's guess is kept under a key made of the rating's own, so that locking again cannot keep it twice.
GUESS_OF_RATING = UUID("6c1de1ac-5f0b-4d6e-9b6a-0f7b5a3ac9e2")


def record_guess(
    visit: "Visit",
    procedure: Procedure,
    *,
    guess: str,
    certainty: str,
    basis: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> ArmGuess:
    """Keeps somebody's guess at the arm, once and for good.

    Raises Refused before the visit began, and for a second guess at the same visit; the same submission answers the row
    that is there.
    """
    known = ArmGuess.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    _check_begun(visit, at=at)
    if ArmGuess.objects.filter(visit=visit, procedure=procedure.code, recorded_by=by).exists():
        raise Refused("You have recorded your guess at this visit. It stands as it was made.")
    with contribution(by=by, reason="Guess at the arm recorded"):
        return _keep(
            visit, procedure, by=by, at=at, guess=guess, certainty=certainty, basis=basis, submission_id=submission_id
        )


def record_guess_on_tablet(
    visit: "Visit",
    procedure: Procedure,
    *,
    guess: str,
    certainty: str,
    basis: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> None:
    """Keeps what the participant typed on a tablet that `by` handed over; `by` cannot read it.

    Raises Refused before the visit began, and when the participant has guessed at this visit.
    """
    _check_begun(visit, at=at)
    tablet = Person.objects.system(TABLET)
    with contribution(by=by, reason=f"{procedure.code} answered by the participant"):
        with contribution(by=tablet, reason=f"Typed by the participant; tablet handed over by {by.display_name}"):
            if not ArmGuess.objects.filter(submission_id=submission_id).exists():
                _check_first(visit, procedure)
                _keep(
                    visit, procedure, by=tablet, at=at, guess=guess, certainty=certainty, basis=basis,
                    submission_id=submission_id, source="tablet",
                )  # fmt: skip
        patient_actions.record_procedure(visit, code=procedure.code, state="done", by=by, at=at)


def record_guess_on_behalf(
    visit: "Visit",
    procedure: Procedure,
    *,
    guess: str,
    certainty: str,
    basis: str,
    source_note: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> ArmGuess:
    """Keeps the participant's guess as the study team heard it, and how. Raises as record_guess_on_tablet does."""
    known = ArmGuess.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    _check_begun(visit, at=at)
    with contribution(by=by, reason=f"{procedure.code} entered for the participant"):
        with contribution(by=Person.objects.system(TABLET), reason="Looked for an earlier guess"):
            _check_first(visit, procedure)
        patient_actions.record_procedure(visit, code=procedure.code, state="done", by=by, at=at)
        return _keep(
            visit, procedure, by=by, at=at, guess=guess, certainty=certainty, basis=basis, submission_id=submission_id,
            source="on_behalf", source_note=source_note,
        )  # fmt: skip


def keep_guess_of_rater(assessment: Assessment, *, basis: str, by: Person, at: datetime) -> ArmGuess | None:
    """Keeps the guess that a locked part of an interview holds, and what it rests on; None where it holds none.

    Raises Refused when the guess was made and nothing is said of what it rests on.
    """
    definition = definition_of(assessment.protocol_version)
    procedure = _procedure_of(assessment, definition)
    if procedure is None or assessment.state != AssessmentState.LOCKED:
        return None
    values = dict(ItemValue.objects.filter(assessment=assessment).values_list("item", "value"))
    guess, certainty = values.get(1), values.get(2)
    if guess is None or certainty is None:
        return None
    if not basis.strip():
        raise Refused("Say what your guess rests on, in a few words.", field="guess_basis")
    with contribution(by=by, reason="Guess at the arm recorded"):
        return ArmGuess.objects.create(
            participant_id=assessment.participant_id, site_id=assessment.site_id, visit_id=assessment.visit_id,
            procedure=procedure.code, guess=guess_choices(definition, procedure)[guess][0],
            certainty=certainty_choices(definition, procedure)[certainty][0], basis=basis.strip(), guessed_at=at,
            submission_id=uuid5(GUESS_OF_RATING, assessment.public_id), recorded_by=by,
        )  # fmt: skip


def _procedure_of(assessment: Assessment, definition: ProtocolDefinition) -> Procedure | None:
    if not is_guess(definition, assessment.instrument):
        return None
    # A rater reads no visit: the procedure is found by its instrument and by who answers it.
    return next(
        (
            procedure
            for procedure in definition.procedures.values()
            if instrument_code(procedure) == assessment.instrument and procedure.role == assessment.respondent
        ),
        None,
    )


def _check_begun(visit: "Visit", *, at: datetime) -> None:
    if visit.started_at is None or visit.started_at > at:
        raise Refused("The visit has not begun. The guess is made at the visit.")


def _check_first(visit: "Visit", procedure: Procedure) -> None:
    if ArmGuess.objects.filter(visit_id=visit.pk, procedure=procedure.code).exclude(source="own").exists():
        raise Refused("The participant's guess at this visit is recorded. It stands as it was made.")


def _keep(visit: "Visit", procedure: Procedure, *, by: Person, at: datetime, **said: Any) -> ArmGuess:
    return ArmGuess.objects.create(
        participant_id=visit.participant_id,
        site_id=visit.site_id,
        visit=visit,
        procedure=procedure.code,
        guessed_at=at,
        recorded_by=by,
        **said,
    )
