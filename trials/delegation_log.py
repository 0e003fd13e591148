"""The delegation log as pages show it: who may do what today, on whose signatures, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.models import Person, Signature, SignatureMeaning
from protocol.definition import Qualification as Required
from trials.models import Delegation, Qualification, Site
from trials.queries import current_version, definition_of, protocol_in_force, valid_qualifications

TO_ACCEPT, TO_APPROVE, STANDS = "To accept", "To approve", "Approved"


@dataclass(frozen=True)
class DelegationRow:
    """One row of the log with its state, the signatures that stand on it, and the names of what is missing."""

    delegation: Delegation
    duty_name: str
    state: str
    state_label: str
    acceptance: Signature | None
    approval: Signature | None
    missing: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """Returns whether the person may do the duty today."""
        return self.state_label == STANDS

    @property
    def waits_for_approval(self) -> bool:
        """Returns whether the investigator's decision is all that is missing."""
        return self.state_label == TO_APPROVE


@dataclass(frozen=True)
class QualificationRow:
    """What one person holds of one qualification, and how long it still counts; `days_left` is None without end."""

    qualification: Qualification
    name: str
    state: str
    state_label: str
    days_left: int | None


@dataclass(frozen=True)
class Known:
    """What the rows of a log are judged by: the protocol's words, the signatures and who holds what."""

    duty_names: Mapping[str, str]
    qualifications: Mapping[str, Required]
    signatures: Mapping[tuple[int, str], Signature]
    held: Mapping[int, set[str]]
    on: date


def delegation_log(site: Site, *, on: date) -> list[DelegationRow]:
    """Returns every row of the site's log on a day; four statements, however many rows."""
    found = Delegation.objects.filter(site=site).select_related("person", "site", "recorded_by")
    return _judged(found.order_by("person__display_name", "duty", "-id"), site=site, on=on)


def own_duties(person: Person, *, on: date) -> list[DelegationRow]:
    """Returns the duties that were given to one person, wherever; a few statements for each site of the person."""
    found = Delegation.objects.filter(person=person).select_related("person", "site", "recorded_by").order_by("id")
    by_site: dict[Site, list[Delegation]] = {}
    for each in found:
        by_site.setdefault(each.site, []).append(each)
    return [row for site, rows in by_site.items() for row in _judged(rows, site=site, on=on)]


def row_of(delegation: Delegation, *, on: date) -> DelegationRow:
    """Returns one row of the log on a day."""
    return _judged([delegation], site=delegation.site, on=on)[0]


def qualifications_at(site: Site, *, on: date) -> list[QualificationRow]:
    """Returns every training, licence and certificate recorded at a site, what expires first at the top."""
    version = protocol_in_force(site, on=on)
    names = definition_of(version).qualifications if version else {}
    found = Qualification.objects.filter(site=site, withdrawn_at__isnull=True).select_related("person", "site")
    rows = [_qualification_row(each, names=names, on=on) for each in found]
    return sorted(
        rows,
        key=lambda row: (
            row.qualification.expires_on or date.max,
            row.qualification.person.display_name,
            row.name,
        ),
    )


def _judged(delegations: Iterable[Delegation], *, site: Site, on: date) -> list[DelegationRow]:
    rows = list(delegations)
    version = protocol_in_force(site, on=on) or current_version()
    definition = definition_of(version) if version else None
    known = Known(
        duty_names={code: role.name for code, role in definition.roles.items()} if definition else {},
        qualifications=definition.qualifications if definition else {},
        signatures=_standing_signatures(rows),
        held=_held(site, on=on),
        on=on,
    )
    return [_row(row, known) for row in rows]


def _row(delegation: Delegation, known: Known) -> DelegationRow:
    held = known.held.get(delegation.person_id, set())
    missing = tuple(
        known.qualifications[code].name if code in known.qualifications else code
        for code in delegation.requires
        if code not in held
    )
    acceptance = known.signatures.get((delegation.pk, SignatureMeaning.ACCEPTANCE))
    approval = known.signatures.get((delegation.pk, SignatureMeaning.APPROVAL))
    state, label = _state(delegation, acceptance=acceptance, approval=approval, missing=missing, on=known.on)
    name = known.duty_names.get(delegation.duty, delegation.duty.replace("_", " "))
    return DelegationRow(delegation, name, state, label, acceptance, approval, missing)


def _state(
    delegation: Delegation,
    *,
    acceptance: Signature | None,
    approval: Signature | None,
    missing: Sequence[str],
    on: date,
) -> tuple[str, str]:
    if delegation.refused_at is not None:
        return "notdone", "Refused"
    if delegation.ends_on is not None and delegation.ends_on < on:
        return "notdone", "Ended"
    if acceptance is None:
        return "unknown", TO_ACCEPT
    if missing:
        return ("overdue", "Expired") if approval else ("unknown", "Training missing")
    if approval is None:
        return "due", TO_APPROVE
    return ("notdue", "Starts later") if delegation.starts_on > on else ("signed", STANDS)


def _standing_signatures(rows: Sequence[Delegation]) -> dict[tuple[int, str], Signature]:
    found = Signature.objects.filter(
        record_table=Delegation._meta.db_table, record_id__in=[row.pk for row in rows], superseded_at__isnull=True
    ).order_by("id")
    return {(signature.record_id, signature.meaning): signature for signature in found}


def _held(site: Site, *, on: date) -> dict[int, set[str]]:
    held: dict[int, set[str]] = {}
    for person_id, code in valid_qualifications(on=on).filter(site=site).values_list("person_id", "code"):
        held.setdefault(person_id, set()).add(code)
    return held


def _qualification_row(qualification: Qualification, *, names: Mapping[str, Required], on: date) -> QualificationRow:
    known = names.get(qualification.code)
    left = (qualification.expires_on - on).days if qualification.expires_on else None
    if qualification.issued_on > on:
        state, label = "notdue", "Counts later"
    elif left is None:
        state, label = "complete", "Counts"
    elif left < 0:
        state, label = "overdue", "Expired"
    elif qualification.remind_on is not None and qualification.remind_on <= on:
        state, label = "closing", "Expires soon"
    else:
        state, label = "complete", "Counts"
    return QualificationRow(qualification, known.name if known else qualification.code, state, label, left)
