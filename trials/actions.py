"""Verbs that write the trial: load and approve protocol versions, give out and approve duties, change memberships."""

import hashlib
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from core.contributions import contribution
from core.errors import Refused
from core.models import Membership, Person, Signature, SignatureMeaning
from core.roles import ROLES, Role
from core.signatures import sign
from protocol.definition import load
from trials import queries
from trials.models import ConsentForm, Delegation, ProtocolApproval, ProtocolVersion, Site, Trial


def load_protocol(text: str, *, trial: Trial, by: Person, at: datetime) -> ProtocolVersion:
    """Keeps a protocol document as an immutable version.

    Raises protocol.definition.ProtocolFaults with every fault and its place, and Refused if the version is there with
    other content. Loading the same document again answers the version that is there.
    """
    definition = load(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = ProtocolVersion.objects.filter(trial=trial, version=definition.version).first()
    if known is not None and known.digest == digest:
        return known
    if known is not None:
        raise Refused(
            f"Version {definition.version} is loaded with other content. Give the new document a new version."
        )
    with contribution(by=by, reason=f"Protocol version {definition.version} loaded"):
        return ProtocolVersion.objects.create(
            trial=trial, version=definition.version, source=text, digest=digest, recorded_by=by
        )


def sign_protocol(version: ProtocolVersion, *, password: str, shown_digest: str, by: Person, at: datetime) -> Signature:
    """Signs a protocol version for approval."""
    return sign(version, by=by, password=password, meaning=SignatureMeaning.APPROVAL, at=at, shown_digest=shown_digest)


def approve_protocol(
    version: ProtocolVersion, *, site: Site, effective_on: date, by: Person, at: datetime
) -> ProtocolApproval:
    """Lets a site work under a version from a day."""
    with contribution(by=by, reason=f"Protocol {version.version} in force from {effective_on}"):
        return ProtocolApproval.objects.create(
            site=site, protocol_version=version, effective_on=effective_on, recorded_by=by
        )


def add_consent_form(
    *, site: Site, protocol_version: ProtocolVersion, version: str, effective_on: date, by: Person, at: datetime
) -> ConsentForm:
    """Adds a version of the site's consent form, in force from a day."""
    with contribution(by=by, reason=f"Consent form {version} added"):
        return ConsentForm.objects.create(
            site=site, protocol_version=protocol_version, version=version, effective_on=effective_on, recorded_by=by
        )


def delegate_duty(
    *,
    person: Person,
    site: Site,
    duty: str,
    starts_on: date,
    trained_on: date | None,
    by: Person,
    at: datetime,
    ends_on: date | None = None,
) -> Delegation:
    """Proposes a duty for a person; it holds once the investigator has approved it.

    Raises Refused when no role of the person may hold the duty.
    """
    if not queries.may_be_given(duty, person=person, site_id=site.pk, at=at):
        raise Refused(f"None of {person.display_name}'s roles at {site.code} may hold the duty “{duty}”.", field="duty")
    with contribution(by=by, reason=f"Duty {duty} delegated"):
        return Delegation.objects.create(
            site=site,
            person=person,
            duty=duty,
            starts_on=starts_on,
            ends_on=ends_on,
            trained_on=trained_on,
            recorded_by=by,
        )


def approve_delegation(delegation: Delegation, *, password: str, by: Person, at: datetime) -> Signature:
    """Approves one row of the delegation log with the investigator's signature.

    Raises Refused when training is not recorded, WrongPassword when the password is wrong.
    """
    if delegation.trained_on is None:
        raise Refused("Record the day on which the training was completed first.", field="trained_on")
    return sign(delegation, by=by, password=password, meaning=SignatureMeaning.APPROVAL, at=at)


def end_delegation(delegation: Delegation, *, ends_on: date, reason: str, by: Person, at: datetime) -> None:
    """Ends a duty on a day; the change supersedes the approval, so until it is signed again the duty rests.

    Raises Refused when it would end before it begins.
    """
    if ends_on < delegation.starts_on:
        raise Refused("The duty cannot end before it begins.", field="ends_on")
    with contribution(by=by, reason=reason):
        delegation.ends_on = ends_on
        delegation.save(update_fields=["ends_on"])


def grant_membership(
    *, person: Person, role: Role, site: Site | None, starts_at: datetime, by: Person, ends_at: datetime | None = None
) -> Membership:
    """Gives a person a role at a site, or everywhere.

    Raises Refused when it would join a blinded and an unblinded role in one person at any time of the interval, and
    when somebody gives a role to himself; the database refuses both, too.
    """
    if person.pk == by.pk:
        raise Refused("Nobody gives a role to himself. Ask another administrator.", field="role")
    if ends_at is not None and ends_at <= starts_at:
        raise Refused("The role must end after it starts.", field="ends_at")
    unblinded = ROLES[role].unblinded
    if any(ROLES[Role(other)].unblinded != unblinded for other in _roles_between(person, starts_at, ends_at)):
        raise Refused("One person cannot hold a blinded and an unblinded role in the same trial.", field="role")
    with contribution(by=by, reason=f"Role {role.label} granted"):
        return Membership.objects.create(person=person, role=role, site=site, starts_at=starts_at, ends_at=ends_at)


def _roles_between(person: Person, starts_at: datetime, ends_at: datetime | None) -> list[str]:
    held = Membership.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at), person=person)
    if ends_at is not None:
        held = held.filter(starts_at__lt=ends_at)
    return list(held.values_list("role", flat=True))


def end_membership(membership: Membership, *, reason: str, by: Person, at: datetime) -> None:
    """Takes a role away from a moment on; it acts at once, in the database too."""
    with contribution(by=by, reason=reason):
        membership.ends_at = at
        membership.save(update_fields=["ends_at"])


def add_person(*, username: str, display_name: str, email: str, zone: str, password: str | None, by: Person) -> Person:
    """Adds somebody who may sign in once a role is granted.

    Raises Refused when the user name was ever used: names are never reused.
    """
    try:
        with transaction.atomic(), contribution(by=by, reason="Account added"):
            return Person.objects.create_user(
                username, password=password, display_name=display_name, email=email, zone=zone
            )
    except IntegrityError as error:
        raise Refused("This user name was used before. Choose another one.", field="username") from error


def deactivate_person(person: Person, *, reason: str, by: Person) -> None:
    """Closes an account; it is never deleted and its name never given to somebody else.

    Raises Refused when somebody would close the own account.
    """
    if person.pk == by.pk:
        raise Refused("Nobody closes the own account. Ask another administrator.", field="reason")
    with contribution(by=by, reason=reason):
        person.is_active = False
        person.save(update_fields=["is_active"])
