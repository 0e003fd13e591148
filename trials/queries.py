"""Reads on the trial: which protocol, which consent form, which duties were in force when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from core.clock import local_date
from core.models import Membership, Person, Signature
from core.permissions import Permission, Viewer
from core.roles import may_hold_duty
from core.worklist import NOW, WorklistItem
from protocol.definition import ProtocolDefinition, load
from trials.models import ConsentForm, Delegation, ProtocolApproval, ProtocolVersion, Site, Trial

# A version is immutable, so its document is read once in each process.
_definitions: dict[str, ProtocolDefinition] = {}


def current_trial() -> Trial:
    """Returns the trial that this installation runs."""
    return Trial.objects.order_by("id").get()


def latest_version(trial: Trial) -> ProtocolVersion:
    """Returns the version that was loaded last."""
    return trial.protocol_versions.order_by("-id")[0]


def definition_of(version: ProtocolVersion) -> ProtocolDefinition:
    """Returns the version's document."""
    if version.digest not in _definitions:
        _definitions[version.digest] = load(version.source)
    return _definitions[version.digest]


def protocol_in_force(site: Site, *, on: date) -> ProtocolVersion | None:
    """Returns the version under which the site works on a day: the latest approved by then."""
    approval = (
        ProtocolApproval.objects.filter(site=site, effective_on__lte=on)
        .select_related("protocol_version")
        .order_by("-effective_on", "-id")
        .first()
    )
    return approval.protocol_version if approval else None


def consent_form_in_force(site: Site, *, on: date, language: str = "en") -> ConsentForm | None:
    """Returns the site's consent form in force on a day."""
    forms = ConsentForm.objects.filter(site=site, effective_on__lte=on, language=language)
    return forms.order_by("-effective_on", "-id").first()


def duties_of(person: Person, *, site_id: int, on: date) -> frozenset[str]:
    """Returns the duties that the person may do at the site: delegated, trained, approved by signature."""
    standing = standing_delegations(site_id=site_id, on=on).filter(person=person)
    return frozenset(standing.values_list("duty", flat=True))


def people_with_duty(duty: str, *, site_id: int | None, on: date) -> QuerySet[Person]:
    """Returns the people who may do a duty on a day; at any site if none is named."""
    standing = standing_delegations(site_id=site_id, on=on).filter(duty=duty)
    return Person.objects.filter(pk__in=standing.values("person_id"), is_active=True).order_by("display_name")


def standing_delegations(*, site_id: int | None, on: date) -> QuerySet[Delegation]:
    """Returns the delegations in force on a day whose training is done and whose approval signature stands."""
    approved = Signature.objects.filter(record_table=Delegation._meta.db_table, superseded_at__isnull=True).values(
        "record_id"
    )
    found = Delegation.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on, trained_on__lte=on, pk__in=approved
    )
    return found if site_id is None else found.filter(site_id=site_id)


def sites_for(viewer: Viewer, permission: Permission) -> QuerySet[Site]:
    """Returns the sites at which the viewer holds a permission."""
    ids = viewer.site_ids(permission)
    sites = Site.objects.order_by("code")
    return sites if ids is None else sites.filter(pk__in=ids)


def may_be_given(duty: str, *, person: Person, site_id: int, at: object) -> bool:
    """Returns whether one of the person's roles at the site may hold the duty."""
    held = Membership.objects.valid_at(at).filter(Q(site_id=site_id) | Q(site_id__isnull=True), person=person)
    return any(may_hold_duty(role, duty) for role in held.values_list("role", flat=True))


@dataclass(frozen=True)
class DelegationRow:
    """One row of the delegation log with its state and the signature that stands on it."""

    delegation: Delegation
    duty_name: str
    state: str
    state_label: str
    signature: Signature | None

    @property
    def stands(self) -> bool:
        """Returns whether the person may do the duty today."""
        return self.state == "signed"


def delegation_log(site: Site, *, on: date) -> list[DelegationRow]:
    """Returns the site's delegation log: who may do what, on whose signature, in two statements."""
    rows = list(
        Delegation.objects.filter(site=site).select_related("person", "site").order_by("person__display_name", "duty")
    )
    signatures = Signature.objects.filter(
        record_table=Delegation._meta.db_table, record_id__in=[row.pk for row in rows]
    ).order_by("id")
    latest = {signature.record_id: signature for signature in signatures}
    names = duty_names(site, on=on)
    return [delegation_row(row, signature=latest.get(row.pk), names=names, on=on) for row in rows]


def delegation_row(
    delegation: Delegation, *, signature: Signature | None, names: Mapping[str, str], on: date
) -> DelegationRow:
    """Returns one row of the log with its state on a day."""
    standing = signature if signature is not None and signature.superseded_at is None else None
    state, label = _delegation_state(delegation, approved=standing is not None, on=on)
    name = names.get(delegation.duty, delegation.duty.replace("_", " "))
    return DelegationRow(delegation, name, state, label, standing)


def duty_names(site: Site, *, on: date) -> dict[str, str]:
    """Returns the name of each duty of the protocol that one person can hold."""
    version = protocol_in_force(site, on=on)
    if version is None:
        return {}
    return {role.code: role.name for role in definition_of(version).roles.values() if not role.parts}


def people_of(site: Site, *, at: datetime) -> QuerySet[Person]:
    """Returns the active people with a role at the site, or everywhere."""
    held = Membership.objects.valid_at(at).filter(Q(site=site) | Q(site__isnull=True))
    return Person.objects.filter(pk__in=held.values("person_id"), is_active=True, is_system=False).order_by(
        "display_name"
    )


def _delegation_state(delegation: Delegation, *, approved: bool, on: date) -> tuple[str, str]:
    if delegation.ends_on is not None and delegation.ends_on < on:
        return "notdone", "Ended"
    if delegation.trained_on is None:
        return "unknown", "Training missing"
    if not approved:
        return "due", "To approve"
    if delegation.starts_on > on or delegation.trained_on > on:
        return "notdue", "Starts later"
    return "signed", "Approved"


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns what this room asks of the viewer: delegations to approve, a protocol to sign."""
    if not viewer.may(Permission.DELEGATION_APPROVE):
        return []
    waiting = [
        (site, row)
        for site in sites_for(viewer, Permission.DELEGATION_APPROVE)
        for row in delegation_log(site, on=local_date(at, zone=site.zone))
        if row.state == "due"
    ]
    return [
        WorklistItem(
            band=NOW,
            state="due",
            state_label="To approve",
            subject=site.code,
            task=f"Approve {row.delegation.person.display_name} as {row.duty_name.lower()}",
            detail="delegation log",
            url=reverse("trials:delegation-detail", args=[row.delegation.public_id]),
            action_label="Read",
            owner=viewer.person.display_name,
            weight=30,
        )
        for site, row in waiting
    ]


def current_version() -> ProtocolVersion | None:
    """Returns the newest protocol version of the trial, or None while there is none."""
    return ProtocolVersion.objects.order_by("-id").first()
