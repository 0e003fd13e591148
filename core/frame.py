"""What every page shows around its content; one place, so that no page spends statements of its own on it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils.safestring import SafeString

from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.roles import ROLES, Role

P = Permission


@dataclass(frozen=True)
class Page:
    """A page of the rail, the rights any of which opens it, and other addresses that belong to it."""

    label: str
    name: str
    permissions: tuple[Permission, ...]
    also: tuple[str, ...] = ()


# The left rail: at most seven groups for any role. A group leads to the first of its pages that the viewer may open;
# where one is in it, its pages stand below it.
RAIL: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "Worklist",
        (
            Page("Worklist", "overview:worklist", (P.WORKLIST_VIEW,)),
            Page("My calendar", "sessions:calendar-own", (P.WORKLIST_VIEW,)),
        ),
    ),
    ("Participants", (Page("Participants", "overview:matrix", (P.PARTICIPANT_VIEW,), also=("/visits/",)),)),
    (
        "Screening",
        (
            Page("In screening", "patients:screening-list", (P.SCREENING_VIEW,)),
            Page("Leads", "patients:lead-list", (P.LEAD_VIEW,)),
            Page("Waiting list", "patients:waiting-list", (P.LEAD_VIEW,)),
            Page("Recruitment", "patients:recruitment-funnel", (P.LEAD_VIEW, P.SCREENING_VIEW)),
            Page("Files of results", "patients:result-files", (P.SCREENING_RECORD,)),
            Page("Normal ranges", "patients:range-list", (P.SCREENING_VIEW,)),
            Page("Identity readings", "patients:identity-view-list", (P.IDENTITY_WATCH,)),
        ),
    ),
    (
        "Treatment",
        (
            Page("Dosing sessions", "sessions:session-list", (P.SESSION_VIEW,)),
            Page("Rooms", "sessions:room-list", (P.VISIT_MANAGE,)),
            Page("Cover", "sessions:cover-list", (P.VISIT_MANAGE,), also=("/bookings/",)),
            Page("Integration", "integration:integration-list", (P.NOTE_VIEW, P.CONTACT_RECORD)),
            Page("Adherence", "integration:adherence-board", (P.REVIEW_VIEW,), also=("/pairs/", "/rests/")),
            Page("Boundaries", "portal:boundary-list", (P.BOUNDARY_REVIEW,)),
            Page("My reviews", "integration:review-list", (P.REVIEW_ENTER,)),
            Page("Follow-up", "integration:follow-up-list", (P.CONTACT_RECORD,)),
        ),
    ),
    (
        "Ratings",
        (
            Page("Completeness", "assessments:completeness", (P.PARTICIPANT_VIEW,)),
            Page("My ratings", "assessments:rating-list", (P.RATING_ENTER,)),
            Page("Assessments", "assessments:assessment-list", (P.RATING_BOOK,)),
            Page("Raters", "assessments:rater-pool", (P.RATER_POOL_VIEW,)),
            # A slip of blinding is told to the data manager alone.
            Page("Unblinding register", "assessments:incident-list", (P.BLINDING_INCIDENT_VIEW,)),
        ),
    ),
    (
        "Safety",
        (
            Page("Clock board", "safety:board", (P.ADVERSE_EVENT_VIEW,), also=("/clocks/",)),
            Page("Adverse events", "safety:adverse-event-list", (P.ADVERSE_EVENT_VIEW,)),
            Page("Expectedness", "trials:reference-list", (P.ADVERSE_EVENT_VIEW,)),
            Page("Coding", "coding:coding-list", (P.CODING_MANAGE,), also=("/dictionaries/",)),
            Page("Case reports", "reports:case-list", (P.SAFETY_OFFICE,), also=("/transmissions/",)),
            Page("Regulators", "reports:regulator-list", (P.REGULATOR_REPORT,)),
            Page("Alerts", "safety:alert-list", (P.ALERT_ACKNOWLEDGE, P.ADVERSE_EVENT_VIEW)),
            Page("Reconciliation", "safety:finding-list", (P.RECONCILE,)),
            Page("Sweep of notes", "safety:mention-list", (P.ADVERSE_EVENT_VIEW,)),
            Page("Dosing holds", "safety:hold-list", (P.SESSION_VIEW,)),
            Page("Deviations", "safety:deviation-list", (P.DEVIATION_VIEW,)),
            Page("Complaints", "safety:complaint-list", (P.CONFIDENTIAL_READ,)),
            Page("Past the site", "portal:confidential-list", (P.CONFIDENTIAL_READ,)),
            Page("Monitoring board", "pharmacy:board-report-list", (P.BOARD_REPORT_VIEW, P.ALLOCATION_LIST_MAKE)),
            Page("Unblindings", "pharmacy:unblinding-list", (P.UNBLIND_EMERGENCY, P.SAFETY_OFFICE)),
            Page("Unblinding drills", "pharmacy:drill-list", (P.UNBLIND_EMERGENCY,)),
        ),
    ),
    (
        "Pharmacy",
        (
            Page("Kits", "pharmacy:kit-list", (P.KIT_VIEW,)),
            Page("Kit contents", "pharmacy:kit-contents", (P.KIT_HANDLE,)),
            Page("Receive kits", "pharmacy:kit-receive", (P.KIT_HANDLE,)),
            Page("Stock by lot", "pharmacy:stock-list", (P.KIT_HANDLE,)),
            Page("Counts", "pharmacy:count-list", (P.KIT_HANDLE,)),
            Page("Temperatures", "pharmacy:temperature-list", (P.KIT_HANDLE,)),
            Page("Forecast", "pharmacy:supply-forecast", (P.KIT_HANDLE,)),
            Page("Envelopes", "pharmacy:envelope-list", (P.KIT_HANDLE,)),
            Page("Allocation list", "pharmacy:allocation-list", (P.ALLOCATION_LIST_MAKE,)),
            Page("Rehearsal", "pharmacy:rehearsal", (P.ALLOCATION_LIST_MAKE,)),
            Page("Blinding", "pharmacy:blinding-integrity", (P.ALLOCATION_LIST_MAKE,)),
        ),
    ),
    (
        "Study",
        (
            Page("Protocol", "trials:protocol-list", (P.PROTOCOL_VIEW,)),
            Page("Instruments", "assessments:instrument-list", (P.PROTOCOL_VIEW,), also=("/own-forms/",)),
            Page("Consent forms", "trials:consent-form-list", (P.CONSENT_FORM_VIEW,)),
            Page("Re-consent", "patients:campaign-list", (P.CONSENT_RECORD,)),
            Page("Delegations", "trials:delegation-list", (P.DELEGATION_VIEW,)),
            Page("Training", "trials:qualification-list", (P.DELEGATION_VIEW,)),
            Page("My duties", "trials:duty-list", (P.DELEGATION_ACCEPT,)),
            Page("Messages", "reminders:outbox", (P.MESSAGE_VIEW,)),
            Page("Exports", "sponsors:export-list", (P.EXPORT_CREATE,)),
            Page("Tokens", "sponsors:token-list", (P.TOKEN_MANAGE,)),
            Page("View as role", "trials:rights", (P.RIGHTS_VIEW,)),
            Page("People", "trials:people-list", (P.ACCOUNT_MANAGE,)),
        ),
    ),
)
del P


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
            "search_url": _search_url(viewer),
            "zone": zone,
            "now": getattr(request, "now", None),
            "alerts_url": _url_if(viewer, Permission.ALERT_ACKNOWLEDGE, "safety:alert-banner"),
            "messages_url": _url_if(viewer, Permission.MESSAGE_VIEW, "reminders:outbox"),
        },
        "nav": _navigation(viewer.roles, path=request.path),
        "zone": zone,
        "viewer": viewer,
    }


def _search_url(viewer: Viewer) -> str:
    searches = viewer.may(Permission.PARTICIPANT_VIEW) or viewer.may(Permission.KIT_VIEW)
    return address_of("overview:search") if searches else ""


def _url_if(viewer: Viewer, permission: Permission, name: str) -> str:
    try:
        return address_of(name) if viewer.may(permission) else ""
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


@dataclass(frozen=True)
class Link:
    """A page that the roles open; `addresses` are those that belong to it."""

    label: str
    url: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The pages of one subject; a group of one page is that page."""

    label: str
    links: tuple[Link, ...]

    @property
    def url(self) -> str:
        """Returns the address of its first page."""
        return self.links[0].url


@dataclass(frozen=True)
class Navigation:
    """The groups, as the rail beside a page draws them, and as the help of the keyboard lists their pages."""

    groups: tuple[Group, ...]
    rail: SafeString
    pages: SafeString


def _navigation(roles: tuple[Role, ...], *, path: str) -> Navigation:
    return _drawn(roles, _here(_groups(roles), path))


@lru_cache(maxsize=1024)
def _drawn(roles: tuple[Role, ...], here: Link | None) -> Navigation:
    """Draws the navigation once for the roles and the page: nothing else can be seen in it."""
    groups = _groups(roles)
    context = {"groups": groups, "here": here, "open": next((g for g in groups if here in g.links), None)}
    return Navigation(
        groups,
        render_to_string("components/rail.html", context),
        render_to_string("components/rail_pages.html", context),
    )


@lru_cache(maxsize=256)
def _groups(roles: tuple[Role, ...]) -> tuple[Group, ...]:
    held = {permission for role in roles for permission in ROLES[role].permissions}
    groups = []
    for label, pages in RAIL:
        open_pages = [page for page in pages if not held.isdisjoint(page.permissions)]
        links = tuple(Link(page.label, url := address_of(page.name), (url, *page.also)) for page in open_pages)
        if links:
            groups.append(Group(label if len(links) > 1 else links[0].label, links))
    return tuple(groups)


def _here(groups: tuple[Group, ...], path: str) -> Link | None:
    """Returns the page whose address is the longest beginning of this one."""
    nearest, length = None, 0
    for group in groups:
        for link in group.links:
            for address in link.addresses:
                if (path == address or (address != "/" and path.startswith(address))) and len(address) > length:
                    nearest, length = link, len(address)
    return nearest
