"""Deviations: candidates of the rules and what people noticed, decided by a person with a reason."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import participant_for
from safety import actions, queries
from safety.access import deviation_for, deviations_for
from safety.forms import DecisionForm, DeviationForm
from safety.views.deviation_page import DETAIL, detail_context, shape_of

ON_A_PAGE = 50
FILTERS = {"": "All", "candidate": "To decide", "accepted": "Deviations", "refused": "Not deviations"}


@requires(Permission.DEVIATION_VIEW)
@require_GET
def deviation_list(request: PageRequest) -> HttpResponse:
    """Lists the deviations of the viewer's sites; what waits for a decision is the filter of choice."""
    mine = deviations_for(request.viewer, Permission.DEVIATION_VIEW)
    counts = queries.count_deviations(mine)
    category, repeats = queries.commonest_category(mine)
    wanted = request.GET.get("state", "")
    wanted = wanted if wanted in FILTERS else ""
    shown = mine.filter(state=wanted) if wanted else mine
    page = Paginator(shown.order_by("-occurred_at", "-id"), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(shape_of(deviation), deviation) for deviation in page],
        "wanted": wanted,
        "chips": [
            {
                "url": f"?state={name}" if name else "?",
                "label": label,
                "count": counts[name] if name else "",
                "current": name == wanted,
            }
            for name, label in FILTERS.items()
        ],
        "answers": [
            (
                "To decide",
                str(counts["candidate"]),
                "candidates of the protocol's rules" if counts["candidate"] else "",
            ),
            ("Important", str(counts["important"]), f"of {counts['accepted']} deviations"),
            ("Repeats most", str(repeats), category),
        ],
        "may_decide": request.viewer.may(Permission.DEVIATION_DECIDE),
    }
    return render(request, "safety/deviation_list.html", context)


@requires(Permission.DEVIATION_VIEW)
@require_GET
def deviation_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one deviation with where it comes from and what was decided."""
    return render(request, DETAIL, detail_context(request, public_id))


@requires(Permission.DEVIATION_DECIDE)
@require_POST
def deviation_accept(request: PageRequest, public_id: str) -> HttpResponse:
    """Decides that it is a deviation, how important, and why."""
    return _decide(request, public_id, accepts=True)


@requires(Permission.DEVIATION_DECIDE)
@require_POST
def deviation_refuse(request: PageRequest, public_id: str) -> HttpResponse:
    """Decides that it is none, and why."""
    return _decide(request, public_id, accepts=False)


@requires(Permission.DEVIATION_RECORD)
@require_http_methods(["GET", "POST"])
def deviation_record(request: PageRequest, public_id: str) -> HttpResponse:
    """Records a departure from the protocol that somebody noticed."""
    participant = participant_for(request.viewer, public_id, Permission.DEVIATION_RECORD)
    form = DeviationForm(
        request.POST or None,
        visits=list(participant.visits.order_by("order", "id")),
        zone=participant.site.zone,
        now=request.now,
        initial={"occurred_at": request.now},
    )
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            deviation = actions.record_deviation(
                participant,
                category=entered["category"],
                description=entered["description"],
                importance=entered["importance"],
                occurred_at=entered["occurred_at"],
                visit=form.visits.get(entered["visit"]),
                submission_id=entered["submission_id"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "The deviation is recorded; the investigator decides on it.")
            return redirect("safety:deviation-detail", deviation.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "form": form,
        "participant": participant,
        "answers": [
            ("About whom?", participant.screening_number, str(participant.site)),
            ("Who decides?", "The investigator", "with a reason"),
            ("Recorded before", str(participant.deviations.count()), ""),
        ],
    }
    return render(request, "safety/deviation_record.html", context, status=422 if form.errors else 200)


def _decide(request: PageRequest, public_id: str, *, accepts: bool) -> HttpResponse:
    deviation = deviation_for(request.viewer, public_id, Permission.DEVIATION_DECIDE)
    form = DecisionForm(request.POST)
    if not accepts:
        form.fields["importance"].required = False
    if form.is_valid():
        entered, by, at = form.cleaned_data, request.viewer.person, request.now
        try:
            if accepts:
                actions.accept_deviation(
                    deviation, importance=entered["importance"], reason=entered["reason"], by=by, at=at
                )
            else:
                actions.refuse_deviation(deviation, reason=entered["reason"], by=by, at=at)
            messages.success(request, "The decision is kept in your name.")
            return redirect("safety:deviation-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = detail_context(request, public_id) | {"form": form, "decision_form": form}
    return render(request, DETAIL, context, status=422)
