"""Verbs that write the trial: load and approve protocol versions, give out and approve duties, change memberships."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.db.models import Q

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.models import Membership, Person, Signature, SignatureMeaning
from core.roles import ROLES, Role
from core.signatures import sign, sign_authenticated
from protocol.definition import Qualification as Required
from protocol.definition import load
from reminders.actions import cancel_reminder, plan_reminder
from trials import queries
from trials.actions.consent_forms import approve_consent_form, load_consent_form
from trials.actions.placements import place_form
from trials.actions.reference import add_reference
from trials.delegation_log import row_of
from trials.models import (
    Delegation,
    ProtocolApproval,
    ProtocolDocument,
    ProtocolVersion,
    Qualification,
    Site,
    Trial,
)

__all__ = [
    "accept_delegation",
    "add_person",
    "add_reference",
    "approve_consent_form",
    "approve_protocol",
    "deactivate_person",
    "decide_delegations",
    "delegate_duty",
    "end_delegation",
    "end_membership",
    "grant_membership",
    "load_consent_form",
    "load_protocol",
    "place_form",
    "record_qualification",
    "sign_protocol",
    "withdraw_qualification",
]


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
        version = ProtocolVersion.objects.create(trial=trial, version=definition.version, digest=digest, recorded_by=by)
        ProtocolDocument.objects.create(version=version, text=text, recorded_by=by)
        return version


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


def delegate_duty(
    *, person: Person, site: Site, duty: str, starts_on: date, by: Person, at: datetime, ends_on: date | None = None
) -> Delegation:
    """Proposes a duty for a person; it holds once the person has accepted and the investigator has approved it.

    What the protocol in force asks for is kept with the row, so that both signatures cover it. Raises Refused when no
    role of the person may hold the duty, or the same duty was proposed from the same day.
    """
    if not queries.may_be_given(duty, person=person, site_id=site.pk, at=at):
        raise Refused(f"None of {person.display_name}'s roles at {site.code} may hold the duty “{duty}”.", field="duty")
    if Delegation.objects.filter(site=site, person=person, duty=duty, starts_on=starts_on).exists():
        raise Refused("This duty is in the log from this day already.", field="starts_on")
    version = queries.protocol_in_force(site, on=starts_on) or queries.latest_version(site.trial)
    with contribution(by=by, reason=f"Duty {duty} delegated"):
        return Delegation.objects.create(
            site=site,
            person=person,
            duty=duty,
            starts_on=starts_on,
            ends_on=ends_on,
            requires=[each.code for each in queries.required_for(duty, version=version)],
            recorded_by=by,
        )


def accept_delegation(delegation: Delegation, *, password: str, by: Person, at: datetime) -> Signature:
    """Accepts a duty with the signature of the person to whom it was given.

    Raises Refused for anybody else and for a row that was refused, WrongPassword when the password is wrong.
    """
    if by.pk != delegation.person_id:
        raise Refused("A duty is accepted by the person to whom it was given.")
    if delegation.refused_at is not None:
        raise Refused("This duty was refused by the investigator.")
    return sign(delegation, by=by, password=password, meaning=SignatureMeaning.ACCEPTANCE, at=at)


def decide_delegations(
    *, approved: Sequence[Delegation], refused: Mapping[Delegation, str], password: str, by: Person, at: datetime
) -> list[Signature]:
    """Decides rows of the log one by one in one sitting: each approved row gets a signature of its own.

    `refused` maps a row to the reason. Raises Refused, and decides nothing, when a row is not accepted yet, lacks a
    qualification or gets no reason; WrongPassword when the password is wrong.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was decided.", field="password")
    signatures = []
    with transaction.atomic():
        for delegation, reason in refused.items():
            _refuse(delegation, reason=reason, by=by, at=at)
        for delegation in approved:
            _check_ready(delegation, at=at)
            signatures.append(sign_authenticated(delegation, by=by, meaning=SignatureMeaning.APPROVAL, at=at))
    return signatures


def _refuse(delegation: Delegation, *, reason: str, by: Person, at: datetime) -> None:
    if not reason.strip():
        raise Refused(f"Say why {delegation.person.display_name} is refused.")
    with contribution(by=by, reason=reason):
        delegation.refused_at, delegation.refusal = at, reason
        delegation.save(update_fields=["refused_at", "refusal"])


def _check_ready(delegation: Delegation, *, at: datetime) -> None:
    row = row_of(delegation, on=local_date(at, zone=delegation.site.zone))
    name = f"{delegation.person.display_name}, {row.duty_name.lower()}"
    if row.acceptance is None:
        raise Refused(f"{name}: the person has not accepted the duty yet.")
    if row.missing:
        raise Refused(f"{name}: still missing is {', '.join(row.missing)}.")


def end_delegation(delegation: Delegation, *, ends_on: date, reason: str, by: Person, at: datetime) -> None:
    """Ends a duty on a day; the change supersedes both signatures, so the duty rests from this minute.

    When nothing else is delegated to the person at the site, the roles there that rest on duties end too. Raises
    Refused when the duty would end before it begins.
    """
    if ends_on < delegation.starts_on:
        raise Refused("The duty cannot end before it begins.", field="ends_on")
    with contribution(by=by, reason=reason):
        delegation.ends_on = ends_on
        delegation.save(update_fields=["ends_on"])
        if ends_on <= local_date(at, zone=delegation.site.zone):
            _end_roles_without_duty(delegation, at=at)


def _end_roles_without_duty(ended: Delegation, *, at: datetime) -> None:
    today = local_date(at, zone=ended.site.zone)
    others = Delegation.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=today), site=ended.site, person=ended.person, refused_at__isnull=True
    )
    if others.exists():
        return
    resting = [role for role, rights in ROLES.items() if rights.duties]
    held = Membership.objects.valid_at(at).filter(person=ended.person, site=ended.site, role__in=resting)
    held.update(ends_at=at)


def record_qualification(
    *,
    person: Person,
    site: Site,
    code: str,
    reference: str,
    issued_on: date,
    by: Person,
    at: datetime,
    expires_on: date | None = None,
) -> Qualification:
    """Records a training, licence or certificate; without an expiry of its own the protocol's validity counts.

    The person is reminded before it expires. Raises Refused for a code that the protocol does not know, an expiry
    before the issue, and a document that is recorded already.
    """
    definition = queries.definition_of(
        queries.protocol_in_force(site, on=issued_on) or queries.latest_version(site.trial)
    )
    if code not in definition.qualifications:
        raise Refused("The protocol knows no such qualification.", field="code")
    expires_on = expires_on or _expiry(definition.qualifications[code], issued_on)
    if expires_on is not None and expires_on < issued_on:
        raise Refused("It cannot expire before it was issued.", field="expires_on")
    known = Qualification.objects.filter(site=site, person=person, code=code, issued_on=issued_on)
    if known.filter(withdrawn_at__isnull=True).exists():
        raise Refused("This is recorded already with the same day of issue.", field="issued_on")
    notice = timedelta(days=definition.expiry_notice_days)
    with contribution(by=by, reason=f"Qualification {code} recorded"):
        made = Qualification.objects.create(
            site=site, person=person, code=code, reference=reference, issued_on=issued_on, expires_on=expires_on,
            remind_on=expires_on - notice if expires_on else None, recorded_by=by,
        )  # fmt: skip
        _remind_of_expiry(made, by=by, at=at)
    return made


def withdraw_qualification(qualification: Qualification, *, reason: str, by: Person, at: datetime) -> None:
    """Takes a qualification away; duties that ask for it rest from this minute."""
    with contribution(by=by, reason=reason):
        qualification.withdrawn_at = at
        qualification.save(update_fields=["withdrawn_at"])
        cancel_reminder(key=_expiry_key(qualification), reason="Qualification withdrawn", by=by)


def _expiry(required: Required, issued_on: date) -> date | None:
    return None if required.valid_months is None else issued_on + relativedelta(months=required.valid_months)


def _remind_of_expiry(qualification: Qualification, *, by: Person, at: datetime) -> None:
    if qualification.remind_on is None:
        return
    due_at = datetime.combine(qualification.remind_on, time(9), ZoneInfo(qualification.site.zone))
    if due_at > at:
        plan_reminder(
            key=_expiry_key(qualification), template="qualification_expiring", due_at=due_at,
            site_id=qualification.site_id, person=qualification.person, by=by,
        )  # fmt: skip


def _expiry_key(qualification: Qualification) -> str:
    return f"qualification_expiring:qualification-{qualification.pk}:person-{qualification.person_id}"


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

    The password is thrown away, and every link to choose one dies with it. Raises Refused when somebody would close
    the own account.
    """
    if person.pk == by.pk:
        raise Refused("Nobody closes the own account. Ask another administrator.", field="reason")
    with contribution(by=by, reason=reason):
        person.is_active = False
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])
