"""What every page shows around its content; one place, so that no page spends statements of its own on it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from core.permissions import Permission, Viewer
from core.roles import Role

# The left rail: at most seven items for any role. (label, URL name, permission that shows it)
RAIL: tuple[tuple[str, str, Permission], ...] = (
    ("Worklist", "overview:worklist", Permission.WORKLIST_VIEW),
    ("Participants", "overview:matrix", Permission.PARTICIPANT_VIEW),
    ("Screening", "patients:screening-list", Permission.SCREENING_VIEW),
    ("Sessions", "sessions:session-list", Permission.SESSION_VIEW),
    ("Integration", "integration:integration-list", Permission.NOTE_WRITE),
    ("Assessments", "assessments:rating-list", Permission.RATING_ENTER),
    ("Safety", "safety:board", Permission.ADVERSE_EVENT_VIEW),
    ("Deviations", "safety:deviation-list", Permission.DEVIATION_VIEW),
    ("Pharmacy", "pharmacy:kit-list", Permission.KIT_VIEW),
    ("Allocation list", "pharmacy:allocation-list", Permission.ALLOCATION_LIST_MAKE),
    ("Exports", "sponsors:export-list", Permission.EXPORT_CREATE),
    ("People", "trials:people-list", Permission.ACCOUNT_MANAGE),
    ("Protocol", "trials:protocol-list", Permission.PROTOCOL_VIEW),
)
RAIL_LENGTH = 7


def frame(request: HttpRequest) -> dict[str, Any]:
    """Returns the frame of a page for the viewer, and the navigation of the roles held."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        return {"frame": {"environment": settings.ENVIRONMENT}, "nav": []}
    zone = _zone(viewer)
    return {
        "frame": {
            "environment": settings.ENVIRONMENT,
            "person_name": viewer.person.display_name,
            "role_label": ", ".join(str(role.label) for role in viewer.roles),
            "trial_code": _trial_code(viewer),
            "site_label": _site_label(viewer),
            "search_url": reverse("overview:search") if viewer.may(Permission.PARTICIPANT_VIEW) else "",
            "zone": zone,
            "now": getattr(request, "now", None),
            "alerts_url": _url_if(viewer, Permission.ALERT_ACKNOWLEDGE, "safety:alert-banner"),
            "messages_url": _url_if(viewer, Permission.MESSAGE_VIEW, "reminders:outbox"),
        },
        "nav": _navigation(request, viewer),
        "zone": zone,
        "viewer": viewer,
    }


def _url_if(viewer: Viewer, permission: Permission, name: str) -> str:
    try:
        return reverse(name) if viewer.may(permission) else ""
    except NoReverseMatch:
        return ""


def _zone(viewer: Viewer) -> str:
    sites = [membership.site for membership in viewer.memberships if membership.site]
    return sites[0].zone if sites else viewer.person.zone


def _trial_code(viewer: Viewer) -> str:
    return next((membership.site.trial.code for membership in viewer.memberships if membership.site), "")


def _site_label(viewer: Viewer) -> str:
    # A rater's frame says nothing of a site: it could hint at whom the rating is about.
    if viewer.has_role(Role.INDEPENDENT_RATER):
        return ""
    sites = {
        f"Site {membership.site.code} {membership.site.name}" for membership in viewer.memberships if membership.site
    }
    return ", ".join(sorted(sites)) or "All sites"


def _navigation(request: HttpRequest, viewer: Viewer) -> list[dict[str, Any]]:
    items = []
    for label, name, permission in RAIL:
        if not viewer.may(permission):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        current = request.path == url or (url != "/" and request.path.startswith(url))
        items.append({"url": url, "label": label, "current": current})
    return items[:RAIL_LENGTH]
