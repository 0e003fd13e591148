"""The listing of adverse events: filtered, ordered, kept under a name, and handed out as a file."""

import tempfile
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core.addresses import address_of
from core.audit import log_access
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import day
from core.templatetags.vigil import status as state_tag
from safety import actions, queries
from safety.access import lines_for, listing_for
from safety.forms import ListingForm, SaveListingForm
from safety.models import AdverseEventRevision
from safety.queries import Row, Wanted
from trials import queries as trial_queries

ON_A_PAGE = 40
IN_MEMORY = 2_000_000
PRESETS = (("All", ""), ("Serious", "serious=yes"), ("Going on", "state=ongoing"), ("Not assessed", "state=open"))
SHOW_FILTERS = "filters"
SEVERITIES = dict(AdverseEventRevision.SEVERITIES)
SHAPES = {
    "nullified": ("notdone", "Nullified"),
    "serious": ("closing", "Serious"),
    "ongoing": ("started", "Goes on"),
    "ended": ("complete", "Ended"),
}


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def adverse_event_list(request: PageRequest) -> HttpResponse:
    """Lists the events of the viewer's sites as they stand, filtered and ordered as asked, in pages by key."""
    return _listing(request, SaveListingForm(initial={"query": _query_of(request)}))


@requires(Permission.EXPORT_CREATE)
@require_GET
def adverse_event_file(request: PageRequest) -> HttpResponseBase:
    """Hands out the listing as CSV, with the same filters; that is logged."""
    _, wanted = _wanted(request)
    if wanted is None:
        return redirect(f"{reverse('safety:adverse-event-list')}?{_query_of(request)}")
    log_access("listing of adverse events", _query_of(request)[:200] or "all")
    lines = queries.filtered(lines_for(request.viewer, Permission.EXPORT_CREATE), wanted, zone=_zone(request))
    # Written whole before the first byte leaves: once the answer streams, nobody acts any more.
    with tempfile.SpooledTemporaryFile(IN_MEMORY, mode="w+", encoding="utf-8", newline="") as file:
        queries.write_listing(lines, file)
        file.seek(0)
        answer = HttpResponse(file.read(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="adverse_events.csv"'
    return answer


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_POST
def listing_save(request: PageRequest) -> HttpResponse:
    """Keeps the filters under a name for the viewer alone."""
    form = SaveListingForm(request.POST)
    if form.is_valid():
        try:
            entered = form.cleaned_data
            actions.save_listing(
                name=entered["name"], query=_clean(entered["query"]), by=request.viewer.person, at=request.now
            )
            messages.success(request, f"“{entered['name']}” is kept among your listings.")
            return redirect(f"{reverse('safety:adverse-event-list')}?{_clean(entered['query'])}")
        except Refused as refusal:
            show_refusal(form, refusal)
    return _listing(request, form, status=422)


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_POST
def listing_forget(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes one of the viewer's listings away."""
    listing = listing_for(request.viewer, public_id)
    actions.forget_listing(listing, by=request.viewer.person, at=request.now)
    messages.success(request, f"“{listing.name}” is no longer among your listings.")
    return redirect("safety:adverse-event-list")


def _listing(request: PageRequest, save_form: SaveListingForm, *, status: int = 200) -> HttpResponse:
    form, wanted = _wanted(request)
    query, chosen = _query_of(request), wanted or Wanted()
    lines = lines_for(request.viewer, Permission.ADVERSE_EVENT_VIEW)
    found = queries.filtered(lines, chosen, zone=_zone(request))
    page = queries.page_of(
        found, order=chosen.order, after=request.GET.get("after", ""), before=request.GET.get("before", ""),
        size=ON_A_PAGE,
    )  # fmt: skip
    context = {
        "rows": _rows(page.lines),
        "next_url": _turned(request, "after", page.next_key),
        "previous_url": _turned(request, "before", page.previous_key),
        "form": form,
        "filtering": bool(query),
        "save_form": save_form,
        "saved_listings": [
            {"listing": each, "current": bool(query) and each.query == query}
            for each in queries.saved_listings(person_id=request.viewer.person.pk)
        ],
        "chips": [
            {"url": f"?{preset}" if preset else "?", "label": label, "current": preset == query}
            for label, preset in PRESETS
        ],
        "query": query,
        "answers": _answers(queries.counts_of(found), query),
        "may_report": request.viewer.may(Permission.ADVERSE_EVENT_REPORT),
        "may_export": request.viewer.may(Permission.EXPORT_CREATE),
    }
    failed = form is not None and form.errors
    return render(request, "safety/adverse_event_list.html", context, status=422 if failed else status)


def _wanted(request: PageRequest) -> tuple[ListingForm | None, Wanted | None]:
    """Returns the filters; the form of them is made only where somebody filters, as its words cost more than a page."""
    if not (_query_of(request) or SHOW_FILTERS in request.GET or request.method == "POST"):
        return None, Wanted()
    version = trial_queries.current_version()
    assert version is not None, "Events are reported under a protocol."
    definition = trial_queries.definition_of(version)
    sites = trial_queries.sites_for(request.viewer, Permission.ADVERSE_EVENT_VIEW)
    form = ListingForm(request.GET, definition=definition, sites=list(sites))
    if not form.is_valid():
        return form, None
    entered: dict[str, Any] = form.cleaned_data
    return form, Wanted(**entered | {"order": entered["order"] or "newest"})


def _rows(lines: list[Row]) -> list[tuple[Any, ...]]:
    """Returns what each row says, ready to be written: a page of lines is looked at more often than any other."""
    shapes = {name: state_tag(*shape) for name, shape in SHAPES.items()}
    return [
        (
            shapes[_shape(line)], line.participant_code, f"AE {line.event__number}", line.term,
            SEVERITIES[line.severity], line.causality.capitalize() or "Not assessed", day(line.started_on),
            address_of("safety:adverse-event-detail", line.event__public_id),
        )
        for line in lines
    ]  # fmt: skip


def _shape(line: Row) -> str:
    if line.nullified:
        return "nullified"
    return "serious" if line.serious else "ongoing" if line.ongoing else "ended"


def _answers(counts: dict[str, int], query: str) -> list[tuple[str, str, str]]:
    return [
        ("Events", _counted(counts["matching"]), "with these filters" if query else ""),
        ("Serious", _counted(counts["serious"]), ""),
        ("Not assessed yet", _counted(counts["unjudged"]), "by the investigator" if counts["unjudged"] else ""),
    ]


def _query_of(request: PageRequest) -> str:
    return _clean(request.GET.urlencode())


def _clean(query: str) -> str:
    """Returns the filters of an address in one order, without what is empty and without the place in the list."""
    given, names = QueryDict(query), ListingForm.base_fields
    kept = QueryDict(mutable=True)
    for name in names:
        if given.get(name):
            kept[name] = given[name]
    return kept.urlencode()


def _turned(request: PageRequest, name: str, key: str) -> str:
    if not key:
        return ""
    query = QueryDict(_query_of(request), mutable=True)
    query[name] = key
    return f"?{query.urlencode()}"


def _zone(request: PageRequest) -> str:
    return request.viewer.person.zone


def _counted(number: int) -> str:
    return f"{queries.COUNTED:,}+" if number > queries.COUNTED else str(number)
