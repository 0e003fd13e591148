"""The only way a view gets a participant or a visit; what is not yours does not exist."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from core.permissions import Permission, Viewer
from core.prepared import prepared, site_keys
from patients.models import (
    Consent,
    ConsentSigning,
    EligibilityAssessment,
    HistoryEntry,
    Identity,
    Lead,
    Medicine,
    Participant,
    PriorTreatment,
    PriorUseEntry,
    ReconsentCampaign,
    ResultFile,
    ScreeningEntry,
    Visit,
)

# By the first letters of the public id.
ENTRIES: dict[str, Any] = {"hst": HistoryEntry, "trt": PriorTreatment, "use": PriorUseEntry, "med": Medicine}


def participants_for(viewer: Viewer, permission: Permission) -> QuerySet[Participant]:
    """Returns the participants of the sites at which the viewer holds the permission."""
    found = Participant.objects.select_related("site", "protocol_version")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


@prepared
def _participants(public_id: Any, at_sites: Any) -> QuerySet[Participant]:
    found = Participant.objects.select_related("site", "protocol_version")
    return found.filter(public_id=public_id, site_id__in=at_sites)


def participant_for(viewer: Viewer, public_id: str, permission: Permission) -> Participant:
    """Returns one participant, or raises Http404."""
    found = _participants(public_id=public_id, at_sites=site_keys(viewer.site_ids(permission)))
    if not found:
        raise Http404
    return found[0]


def visits_for(viewer: Viewer, permission: Permission) -> QuerySet[Visit]:
    """Returns the visits of the sites at which the viewer holds the permission."""
    found = Visit.objects.select_related("participant__protocol_version", "participant__site", "site")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def visit_for(viewer: Viewer, public_id: str, permission: Permission) -> Visit:
    """Returns one visit, or raises Http404."""
    visit = visits_for(viewer, permission).filter(public_id=public_id).first()
    if visit is None:
        raise Http404
    return visit


def consent_for(viewer: Viewer, public_id: str, permission: Permission) -> Consent:
    """Returns one consent, or raises Http404."""
    found = Consent.objects.select_related(
        "participant__site", "form__protocol_version", "form__site", "seal", "signing"
    )
    consent = found.filter(public_id=public_id).first()
    if consent is None or not viewer.may(permission, site_id=consent.site_id):
        raise Http404
    return consent


def signing_for(viewer: Viewer, public_id: str, permission: Permission) -> ConsentSigning:
    """Returns one signing on the tablet, or raises Http404."""
    found = ConsentSigning.objects.select_related("participant__site", "form__protocol_version")
    signing = found.filter(public_id=public_id).first()
    if signing is None or not viewer.may(permission, site_id=signing.site_id):
        raise Http404
    return signing


def campaign_for(viewer: Viewer, public_id: str, permission: Permission) -> ReconsentCampaign:
    """Returns one re-consent campaign, or raises Http404."""
    found = ReconsentCampaign.objects.select_related("site", "protocol_version", "recorded_by")
    campaign = found.filter(public_id=public_id).first()
    if campaign is None or not viewer.may(permission, site_id=campaign.site_id):
        raise Http404
    return campaign


def assessment_for(viewer: Viewer, public_id: str, permission: Permission) -> EligibilityAssessment:
    """Returns one verdict on eligibility, or raises Http404."""
    found = EligibilityAssessment.objects.select_related("participant__site", "participant__protocol_version")
    assessment = found.filter(public_id=public_id).first()
    if assessment is None or not viewer.may(permission, site_id=assessment.site_id):
        raise Http404
    return assessment


def entry_for(viewer: Viewer, public_id: str, permission: Permission) -> ScreeningEntry:
    """Returns one standing entry of the screening record, or raises Http404."""
    model = ENTRIES.get(public_id.partition("_")[0])
    if model is None:
        raise Http404
    found = model._default_manager.filter(public_id=public_id, replaced_by__isnull=True, withdrawn=False)
    entry: ScreeningEntry | None = found.select_related(
        "participant__site", "participant__protocol_version", "recorded_by"
    ).first()
    if entry is None or not viewer.may(permission, site_id=entry.site_id):
        raise Http404
    return entry


def result_files_for(viewer: Viewer, permission: Permission) -> QuerySet[ResultFile]:
    """Returns the files of results of the sites at which the viewer holds the permission, without what they hold."""
    ids = viewer.site_ids(permission)
    found = ResultFile.objects.select_related("site", "recorded_by").prefetch_related("loads").defer("packed")
    return found if ids is None else found.filter(site_id__in=ids)


def result_file_for(viewer: Viewer, public_id: str, permission: Permission) -> ResultFile:
    """Returns one file of results, or raises Http404."""
    file = ResultFile.objects.select_related("site__trial", "recorded_by").filter(public_id=public_id).first()
    if file is None or not viewer.may(permission, site_id=file.site_id):
        raise Http404
    return file


def leads_for(viewer: Viewer, permission: Permission) -> QuerySet[Lead]:
    """Returns the leads of the sites at which the viewer holds the permission."""
    found = Lead.objects.select_related("site__trial", "participant")
    ids = viewer.site_ids(permission)
    return found if ids is None else found.filter(site_id__in=ids)


def lead_for(viewer: Viewer, public_id: str, permission: Permission) -> Lead:
    """Returns one lead, or raises Http404."""
    lead = leads_for(viewer, permission).filter(public_id=public_id).first()
    if lead is None:
        raise Http404
    return lead


def identity_for(viewer: Viewer, public_id: str, permission: Permission) -> Identity:
    """Returns the row that holds an identity, or raises Http404; nothing of it is read."""
    identity = Identity.objects.filter(public_id=public_id).select_related("lead", "participant").first()
    if identity is None or not viewer.may(permission, site_id=identity.site_id):
        raise Http404
    return identity
