"""The only way to a token or an export; what is not yours does not exist."""

from django.http import Http404

from core.permissions import Permission, Viewer
from sponsors.models import ApiToken, ExportJob


def tokens_for(viewer: Viewer) -> list[ApiToken]:
    """Returns the viewer's own tokens, newest first."""
    return list(ApiToken.objects.filter(owner=viewer.person).order_by("-id"))


def token_for(viewer: Viewer, public_id: str) -> ApiToken:
    """Returns one of the viewer's tokens, or raises Http404."""
    token = ApiToken.objects.filter(owner=viewer.person, public_id=public_id).first()
    if token is None or not viewer.may(Permission.TOKEN_MANAGE):
        raise Http404
    return token


def exports_for(viewer: Viewer) -> list[ExportJob]:
    """Returns the exports that the viewer asked for, newest first."""
    return list(ExportJob.objects.filter(requested_by=viewer.person).order_by("-id")[:100])


def export_for(viewer: Viewer, public_id: str) -> ExportJob:
    """Returns one of the viewer's exports, or raises Http404."""
    job = ExportJob.objects.filter(requested_by=viewer.person, public_id=public_id).first()
    if job is None or not viewer.may(Permission.EXPORT_CREATE):
        raise Http404
    return job
