"""Reads on the trial: which protocol, which consent form, which duties were in force when."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from core.clock import local_date
from core.models import Membership, Person, Signature, SignatureMeaning
from core.permissions import Permission, Viewer
from core.prepared import prepared
from core.roles import may_hold_duty
from protocol.consent_form import ConsentDocument, read_form
from protocol.definition import Procedure, ProtocolDefinition, load
from protocol.definition import Qualification as Required
from protocol.expectedness import ListedTerm
from trials.models import (
    ConsentForm,
    ConsentFormApproval,
    Delegation,
    FormPlacement,
    ProtocolApproval,
    ProtocolVersion,
    Qualification,
    ReferenceTerm,
    ReferenceVersion,
    Site,
    Trial,
)

# A version and a form are immutable, so their documents are read once in each process.
_definitions: dict[str, ProtocolDefinition] = {}
_documents: dict[str, ConsentDocument] = {}


def current_trial() -> Trial:
    """Returns the trial that this installation runs."""
    return Trial.objects.order_by("id").get()


def latest_version(trial: Trial) -> ProtocolVersion:
    """Returns the version that was loaded last."""
    return trial.protocol_versions.order_by("-id")[0]


def protocol_versions() -> QuerySet[ProtocolVersion]:
    """Returns every version of the trial's protocol."""
    return ProtocolVersion.objects.all()


def definition_of(version: ProtocolVersion) -> ProtocolDefinition:
    """Returns the version's document."""
    if version.digest not in _definitions:
        _definitions[version.digest] = load(version.source)
    return _definitions[version.digest]


def definition_with(digest: str) -> ProtocolDefinition:
    """Returns the document of the version with a digest; it is read once in each process."""
    if digest not in _definitions:
        return definition_of(ProtocolVersion.objects.filter(digest=digest).order_by("id")[0])
    return _definitions[digest]


def placements_under(version: ProtocolVersion) -> dict[str, FormPlacement]:
    """Returns where the forms beside a protocol version are asked now, by the code of the form."""
    found = FormPlacement.objects.filter(protocol_version=version).order_by("code", "-number").distinct("code")
    return {placement.code: placement for placement in found}


def placement_of(version: ProtocolVersion, code: str) -> FormPlacement | None:
    """Returns where a form beside a protocol version is asked now, if it ever was."""
    return FormPlacement.objects.filter(protocol_version=version, code=code).order_by("-number").first()


def latest_placement(version: OuterRef, code: OuterRef) -> QuerySet[FormPlacement]:
    """Returns the placements of the form that an outer statement names, the latest first."""
    return FormPlacement.objects.filter(protocol_version=version, code=code).order_by("-number")


def placed_procedures(version: ProtocolVersion) -> dict[str, tuple[Procedure, ...]]:
    """Returns what is asked at each visit beside the protocol's file, by the code of the visit."""
    found: dict[str, tuple[Procedure, ...]] = {}
    for code, placement in placements_under(version).items():
        for visit in placement.visits:
            found[visit] = (*found.get(visit, ()), Procedure(code, placement.name, placement.role))
    return found


def is_form_code_taken(code: str) -> bool:
    """Returns whether any version of the trial's protocol, or a form beside one, has a code already."""
    if FormPlacement.objects.filter(code=code).exists():
        return True
    definitions = [definition_of(version) for version in ProtocolVersion.objects.order_by("id")]
    return any(code in each.procedures or code in each.instruments for each in definitions)


def first_approved_on(trial: Trial) -> date | None:
    """Returns the first day on which any site works under the trial's protocol, or None before there is one."""
    approvals = ProtocolApproval.objects.filter(protocol_version__trial=trial)
    return approvals.aggregate(first=Min("effective_on"))["first"]


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
    """Returns the site's approved consent form in force on a day, in a language."""
    approvals = ConsentFormApproval.objects.filter(site=site, effective_on__lte=on, form__language=language)
    found = approvals.select_related("form__protocol_version", "form__site").order_by("-effective_on", "-id")
    # The documents are long, and read once for each digest (`document_of`, `definition_of`).
    approval = found.defer("form__source").first()
    return approval.form if approval else None


def document_of(form: ConsentForm) -> ConsentDocument:
    """Returns the form's document."""
    if form.digest not in _documents:
        _documents[form.digest] = read_form(form.source)
    return _documents[form.digest]


def forms_in_force(site_ids: Iterable[int] | None, *, at: datetime) -> list[ConsentForm]:
    """Returns the newest form in force in each language at each of the sites, in one statement."""
    approvals = ConsentFormApproval.objects.select_related("form__site", "form__protocol_version")
    if site_ids is not None:
        approvals = approvals.filter(site_id__in=site_ids)
    newest: dict[tuple[int, str], ConsentForm] = {}
    for approval in approvals.order_by("effective_on", "id"):
        if approval.effective_on <= local_date(at, zone=approval.form.site.zone):
            newest[(approval.site_id, approval.form.language)] = approval.form
    return sorted(newest.values(), key=lambda form: (form.site.code, form.language))


def form_languages(site: Site, *, on: date) -> dict[str, str]:
    """Returns the languages in which a form is in force at a site on a day, with the name each form gives its own."""
    approvals = ConsentFormApproval.objects.filter(site=site, effective_on__lte=on).select_related("form")
    return {each.form.language: document_of(each.form).language_name for each in approvals.order_by("form__language")}


def reference_versions() -> list[tuple[ReferenceVersion, int]]:
    """Returns every version of the reference safety information with its number of terms, the newest first."""
    found = ReferenceVersion.objects.select_related("recorded_by").annotate(listed=Count("terms"))
    return [(reference, reference.listed) for reference in found.order_by("-effective_on")]


def reference_in_force(trial_id: int, *, on: date) -> ReferenceVersion | None:
    """Returns the version of the reference safety information that is in force on a day, or none."""
    found = ReferenceVersion.objects.filter(trial_id=trial_id, effective_on__lte=on)
    return found.order_by("-effective_on").first()


def listed_terms(reference: ReferenceVersion) -> tuple[ListedTerm, ...]:
    """Returns what a version lists, as the rule of expectedness reads it, by the alphabet."""
    return tuple(
        ListedTerm(row.term, row.severity, tuple(row.criteria), row.covers, tuple(row.also))
        for row in ReferenceTerm.objects.filter(reference=reference).order_by("term")
    )


def duties_of(person: Person, *, site_id: int, on: date) -> frozenset[str]:
    """Returns the duties that the person may do at the site: delegated, trained, approved by signature."""
    standing = standing_delegations(site_id=site_id, on=on).filter(person=person)
    return frozenset(standing.values_list("duty", flat=True))


def duties_not_ended(people: Iterable[Person], *, at: datetime) -> list[Delegation]:
    """Returns the duties of people that have not ended, at the sites that the actor sees."""
    found = Delegation.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=at.date()), person__in=list(people), refused_at__isnull=True
    )
    return list(found.select_related("person", "site").order_by("person__display_name", "duty", "id"))


def people_with_duty(duty: str, *, site_id: int | None, on: date) -> QuerySet[Person]:
    """Returns the people who may do a duty on a day; at any site if none is named."""
    standing = standing_delegations(site_id=site_id, on=on).filter(duty=duty)
    return Person.objects.filter(pk__in=standing.values("person_id"), is_active=True).order_by("display_name")


def standing_delegations(*, site_id: int | None, on: date) -> QuerySet[Delegation]:
    """Returns the delegations in force on a day: accepted, approved, and with every qualification unexpired."""
    found = Delegation.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        starts_on__lte=on,
        pk__in=_signed(SignatureMeaning.APPROVAL),
        refused_at__isnull=True,
        requires__contained_by=_held_by_row(on=on),
    ).filter(pk__in=_signed(SignatureMeaning.ACCEPTANCE))
    return found if site_id is None else found.filter(site_id=site_id)


def undecided_delegations(viewer: Viewer, *, on: date) -> QuerySet[Delegation]:
    """Returns what waits for the viewer, own duties and complete rows of the site, and whether each is `accepted`."""
    ids = viewer.site_ids(Permission.DELEGATION_APPROVE)
    of_sites = Q() if ids is None else Q(site_id__in=ids)
    complete = Q(requires__contained_by=_held_by_row(on=on))
    return (
        Delegation.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), refused_at__isnull=True)
        .filter(Q(person=viewer.person) | (of_sites & complete))
        .exclude(pk__in=_signed(SignatureMeaning.APPROVAL))
        .annotate(accepted=Exists(_signed(SignatureMeaning.ACCEPTANCE).filter(record_id=OuterRef("pk"))))
        .select_related("site", "person")
        .order_by("id")
    )


def expiring_qualifications(viewer: Viewer, *, on: date) -> QuerySet[Qualification]:
    """Returns what is to be renewed at the viewer's sites, unless a newer document of the kind lasts longer."""
    newer = Qualification.objects.filter(
        Q(remind_on__isnull=True) | Q(remind_on__gt=on),
        person_id=OuterRef("person_id"),
        site_id=OuterRef("site_id"),
        code=OuterRef("code"),
        withdrawn_at__isnull=True,
    )
    found = Qualification.objects.filter(~Exists(newer), remind_on__lte=on, withdrawn_at__isnull=True)
    ids = viewer.site_ids(Permission.DELEGATION_APPROVE)
    found = found if ids is None else found.filter(site_id__in=ids)
    latest = found.order_by("site_id", "person_id", "code", "-expires_on").distinct("site_id", "person_id", "code")
    return latest.select_related("site", "person")


def _held_by_row(*, on: date) -> ArraySubquery:
    held = valid_qualifications(on=on).filter(person_id=OuterRef("person_id"), site_id=OuterRef("site_id"))
    return ArraySubquery(held.values("code"))


def valid_qualifications(*, on: date) -> QuerySet[Qualification]:
    """Returns the trainings, licences and certificates that count on a day."""
    return Qualification.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on), issued_on__lte=on, withdrawn_at__isnull=True
    )


def required_for(duty: str, *, version: ProtocolVersion) -> tuple[Required, ...]:
    """Returns the qualifications that the protocol asks for before a duty may be done."""
    return tuple(each for each in definition_of(version).qualifications.values() if duty in each.duties)


def _signed(meaning: SignatureMeaning) -> QuerySet[Signature, int]:
    standing = Signature.objects.filter(
        record_table=Delegation._meta.db_table, meaning=meaning, superseded_at__isnull=True
    )
    return standing.values_list("record_id", flat=True)


def sites_for(viewer: Viewer, permission: Permission) -> QuerySet[Site]:
    """Returns the sites at which the viewer holds a permission."""
    ids = viewer.site_ids(permission)
    sites = Site.objects.order_by("code")
    return sites if ids is None else sites.filter(pk__in=ids)


def may_be_given(duty: str, *, person: Person, site_id: int, at: object) -> bool:
    """Returns whether one of the person's roles at the site may hold the duty."""
    held = Membership.objects.valid_at(at).filter(Q(site_id=site_id) | Q(site_id__isnull=True), person=person)
    return any(may_hold_duty(role, duty) for role in held.values_list("role", flat=True))


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


def current_version() -> ProtocolVersion | None:
    """Returns the newest protocol version of the trial, or None while there is none."""
    return next(iter(_newest_version()), None)


@prepared
def _newest_version() -> QuerySet[ProtocolVersion]:
    return ProtocolVersion.objects.order_by("-id")[:1]
