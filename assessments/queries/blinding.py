"""Reads on guesses at the arm and on slips of blinding."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet

from assessments.instruments import (
    guess_procedures,
    participant_guess,
)
from assessments.models import (
    ArmGuess,
    UnblindingIncident,
)
from core.clock import local_date
from core.models import Person
from core.permissions import Permission, Viewer
from patients.access import visits_for
from patients.queries import definition_for
from protocol.definition import Procedure
from trials.queries import duties_of

if TYPE_CHECKING:
    from patients.models import Visit


def guess_asked_of(person: Person, visit: "Visit", *, at: datetime) -> Procedure | None:
    """Returns the guess that the protocol asks of a person at a visit, by the duties that the person holds there."""
    on = local_date(at, zone=visit.site.zone)
    held = duties_of(person, site_id=visit.site_id, on=on)
    asked = guess_procedures(definition_for(visit.participant), visit.code)
    return next((procedure for procedure in asked if procedure.role in held), None)


def participant_guess_at(visit: "Visit") -> Procedure | None:
    """Returns the guess that the protocol asks of the participant at a visit."""
    return participant_guess(definition_for(visit.participant), visit.code)


def participant_has_guessed(visit: "Visit", procedure: Procedure) -> bool:
    """Returns whether the participant's guess is recorded; what it says is hidden from whoever asks."""
    return visit.procedures.filter(code=procedure.code, state="done").exists()


def own_guess(person: Person, visit: "Visit", procedure: Procedure) -> ArmGuess | None:
    """Returns the guess that a person made at a visit, if it was made."""
    return ArmGuess.objects.filter(visit=visit, procedure=procedure.code, recorded_by=person).first()


def unguessed_visits(viewer: Viewer) -> QuerySet["Visit"]:
    """Returns the visits of the viewer's sites that have begun and at which the viewer made no guess."""
    made = ArmGuess.objects.filter(visit_id=OuterRef("pk"), recorded_by=viewer.person)
    found = visits_for(viewer, Permission.GUESS_RECORD).filter(started_at__isnull=False)
    return found.filter(~Exists(made), participant__randomisation__isnull=False)


def incidents() -> QuerySet[UnblindingIncident]:
    """Returns the slips of blinding that the database opens to whoever asks, the latest first."""
    found = UnblindingIncident.objects.select_related("recorded_by", "site", "judgement__recorded_by")
    return found.order_by("-observed_at", "-id")
