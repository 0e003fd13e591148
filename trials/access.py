"""The only way a view gets an object of this room; what is not yours does not exist."""

from django.db.models import QuerySet
from django.http import Http404

from core.models import Membership, Person
from core.permissions import Permission, Viewer
from trials.models import ConsentForm, Delegation, ProtocolVersion, Qualification, ReferenceVersion, Site
from trials.queries import sites_for


def site_for(viewer: Viewer, public_id: str, permission: Permission) -> Site:
    """Returns a site at which the viewer holds the permission, or raises Http404."""
    site = Site.objects.filter(public_id=public_id).first()
    if site is None or not viewer.may(permission, site_id=site.pk):
        raise Http404
    return site


def protocol_version_for(viewer: Viewer, public_id: str) -> ProtocolVersion:
    """Returns a protocol version for somebody who may read the protocol, or raises Http404."""
    version = ProtocolVersion.objects.filter(public_id=public_id).select_related("trial").first()
    if version is None or not viewer.may(Permission.PROTOCOL_VIEW):
        raise Http404
    return version


def reference_for(viewer: Viewer, public_id: str, permission: Permission) -> ReferenceVersion:
    """Returns a version of the reference safety information, which is the whole trial's, or raises Http404."""
    found = ReferenceVersion.objects.filter(public_id=public_id).select_related("trial", "recorded_by").first()
    if found is None or not viewer.may(permission):
        raise Http404
    return found


def consent_forms_for(viewer: Viewer, permission: Permission) -> QuerySet[ConsentForm]:
    """Returns the consent forms of the sites at which the viewer holds the permission."""
    found = ConsentForm.objects.select_related("site", "protocol_version", "approval")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def consent_form_for(viewer: Viewer, public_id: str, permission: Permission) -> ConsentForm:
    """Returns a consent form of the viewer's site, or raises Http404."""
    form = consent_forms_for(viewer, permission).filter(public_id=public_id).first()
    if form is None:
        raise Http404
    return form


def delegation_for(viewer: Viewer, public_id: str, permission: Permission) -> Delegation:
    """Returns a row of the delegation log of the viewer's site, or raises Http404."""
    delegation = Delegation.objects.filter(public_id=public_id).select_related("person", "site").first()
    if delegation is None or not viewer.may(permission, site_id=delegation.site_id):
        raise Http404
    return delegation


def own_delegation_for(viewer: Viewer, public_id: str) -> Delegation:
    """Returns a duty that was given to the viewer, or raises Http404."""
    found = Delegation.objects.filter(public_id=public_id, person=viewer.person).select_related("person", "site")
    delegation = found.first()
    if delegation is None:
        raise Http404
    return delegation


def qualification_for(viewer: Viewer, public_id: str, permission: Permission) -> Qualification:
    """Returns what somebody of the viewer's site holds, or raises Http404."""
    found = Qualification.objects.filter(public_id=public_id, withdrawn_at__isnull=True)
    qualification = found.select_related("person", "site").first()
    if qualification is None or not viewer.may(permission, site_id=qualification.site_id):
        raise Http404
    return qualification


def site_chosen(viewer: Viewer, code: str | None, permission: Permission) -> Site:
    """Returns the site of that code, or the viewer's first one, or raises Http404."""
    sites = sites_for(viewer, permission)
    site = sites.filter(code=code).first() if code else sites.first()
    if site is None:
        raise Http404
    return site


def person_for(viewer: Viewer, public_id: str) -> Person:
    """Returns an account for an administrator, or raises Http404; system actors have no page."""
    person = Person.objects.filter(public_id=public_id, is_system=False).first()
    if person is None or not viewer.may(Permission.ACCOUNT_MANAGE):
        raise Http404
    return person


def membership_for(viewer: Viewer, person: Person, membership_id: int) -> Membership:
    """Returns a membership of somebody whom the administrator may manage, or raises Http404."""
    membership = person.memberships.filter(pk=membership_id).first()
    if membership is None or not viewer.may(Permission.ACCOUNT_MANAGE):
        raise Http404
    return membership
