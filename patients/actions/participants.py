"""A participant comes into the trial, is allocated, and leaves it."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from patients.actions.rescreening import check_rescreening
from patients.events import ParticipantRandomised
from patients.identity import IdentityDetails, code_of_same_person, keep_identity
from patients.models import Identity, Participant, ParticipantStatus, Randomisation
from trials.models import Site


def add_participant(
    *,
    site: Site,
    identity: IdentityDetails,
    first_contact_on: date,
    by: Person,
    at: datetime,
    language: str = "en",
    comes_again: bool = False,
    held: Identity | None = None,
) -> Participant:
    """Adds a person at first contact under the site's next screening number; the identity goes to the vault.

    `held` is the row of the vault that holds this identity already, of a lead who becomes a participant.

    Raises Refused when somebody of the same name and birth date is here already, unless `comes_again` says that this
    is known; when the protocol does not let somebody be screened again; and for a date that cannot be right.
    """
    if first_contact_on > local_date(at, zone=site.zone):
        raise Refused("The first contact cannot lie in the future.", field="first_contact_on")
    if identity.born_on is None or identity.born_on >= first_contact_on:
        raise Refused("The birth date must lie before the first contact.", field="born_on")
    with contribution(by=by, reason="First contact recorded"):
        number = _next_number(site)
        known = None if comes_again else code_of_same_person(site.pk, identity)
        if known:
            raise Refused(
                f"Somebody with this name and birth date is here already, as {known}. Say so below, or cancel.",
                field="comes_again",
            )
        if comes_again and held is None:
            check_rescreening(site, identity, on=local_date(at, zone=site.zone))
        participant = Participant.objects.create(
            site=site,
            screening_number=number,
            first_contact_on=first_contact_on,
            language=language,
            recorded_by=by,
        )
        if held is None:
            keep_identity(participant, identity)
            return participant
        held.participant = participant
        held.save(update_fields=["participant"])
    return participant


def record_randomisation(
    participant: Participant,
    *,
    randomisation_number: str,
    kit_number: str,
    stratum: str,
    factors: Mapping[str, str],
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> Randomisation:
    """Writes the blinded fact of an allocation; the pharmacy calls it in the transaction of the allocation."""
    with contribution(by=by, reason="Randomised"):
        participant.randomise()
        participant.save(update_fields=["status"])
        randomisation = Randomisation.objects.create(
            participant=participant,
            site=participant.site,
            randomisation_number=randomisation_number,
            kit_number=kit_number,
            stratum=stratum,
            factors=dict(factors),
            randomised_at=at,
            submission_id=submission_id,
            recorded_by=by,
        )
        publish(ParticipantRandomised(participant.pk))
    return randomisation


def discontinue_treatment(participant: Participant, *, reason: str, by: Person, at: datetime) -> None:
    """Ends dosing for a participant; assessments go on."""
    if participant.status != ParticipantStatus.RANDOMISED:
        raise Refused("Only somebody in treatment can discontinue it.")
    with contribution(by=by, reason=reason):
        participant.discontinue()
        participant.status_reason = reason[:300]
        participant.save(update_fields=["status", "status_reason"])


def complete_participant(participant: Participant, *, by: Person, at: datetime) -> None:
    """Records that the participant reached the end of the trial.

    Raises Refused for somebody who was never in treatment, or left.
    """
    if participant.status not in (ParticipantStatus.RANDOMISED, ParticipantStatus.DISCONTINUED):
        raise Refused(f"{participant.screening_number} is not in treatment or follow-up; there is nothing to complete.")
    with contribution(by=by, reason="Completed the trial"):
        participant.complete()
        participant.save(update_fields=["status"])


def _next_number(site: Site) -> str:
    # Two coordinators at once must not get the same number: the site's counter is one lock until commit.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('screening number'), %s)", [site.pk])
    last = Participant.objects.filter(site=site).order_by("-id").values_list("screening_number", flat=True).first()
    number = int(last.rsplit("-", 1)[1]) + 1 if last else 1
    return f"{site.code}-{number:03d}"
