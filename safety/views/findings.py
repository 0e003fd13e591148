"""Reconciliation: what does not agree between the records of the rooms, and what is decided on it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from safety import actions, queries
from safety.access import finding_decisions_for
from safety.forms import FindingForm
from safety.queries import Finding
from trials import queries as trial_queries

ON_A_PAGE = 50
EXPLAINED = "explained"


@requires(Permission.RECONCILE)
@require_GET
def finding_list(request: PageRequest) -> HttpResponse:
    """Lists what does not agree, the oldest first; what was explained stands apart."""
    site_ids, office = request.viewer.site_ids(Permission.RECONCILE), _office()
    counts = queries.counts_of_findings(office, site_ids=site_ids, at=request.now)
    decisions = finding_decisions_for(request.viewer, Permission.RECONCILE)
    wanted = request.GET.get("kind", "")
    wanted = wanted if wanted in queries.TITLES or wanted == EXPLAINED else ""
    context: dict[str, Any] = {"wanted": wanted}
    if wanted == EXPLAINED:
        page = Paginator(queries.explained_findings(decisions), ON_A_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "explained": list(page)}
    else:
        number = counts.get(wanted, 0) if wanted else sum(counts.values())
        place = Paginator(range(number), ON_A_PAGE).get_page(request.GET.get("page"))
        first = (place.number - 1) * ON_A_PAGE
        context |= {
            "page": place,
            "rows": queries.findings(
                office, site_ids=site_ids, at=request.now, kind=wanted, first=first, most=ON_A_PAGE
            ),
        }
    asked = queries.corrections_asked(decisions).count()
    worst = max(counts, key=lambda kind: counts[kind])
    context |= {
        "chips": _chips(counts, wanted),
        "answers": [
            ("Does not agree", str(sum(counts.values())), "in all rooms, found anew at every look"),
            ("Most often", str(counts[worst]), queries.TITLES[worst] if counts[worst] else ""),
            ("Corrections asked for", str(asked), "wait for the sites" if asked else ""),
        ],
    }
    return render(request, "safety/finding_list.html", context)


@requires(Permission.RECONCILE)
@require_http_methods(["GET", "POST"])
def finding_detail(request: PageRequest, key: str) -> HttpResponse:
    """Shows what does not agree, with the way to the record, and takes the decision on it."""
    kind = key.partition(":")[0]
    found = queries.findings(
        _office(), site_ids=request.viewer.site_ids(Permission.RECONCILE), at=request.now, kind=kind, key=key, most=1
    )
    if not found or kind not in queries.TITLES:
        messages.info(request, "These records agree now, or somebody explained them.")
        return redirect("safety:finding-list")
    finding: Finding = found[0]
    form = FindingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide_finding(finding, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, "The decision is kept in your name.")
            return redirect("safety:finding-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    decisions = finding_decisions_for(request.viewer, Permission.RECONCILE).filter(key=key).order_by("-id")
    context = {
        "finding": finding,
        "form": form,
        "decisions": list(decisions),
        "answers": [
            ("About whom?", finding.code, finding.place),
            ("What does not agree?", finding.title, ""),
            ("Correction asked for?", "Yes" if finding.decision else "No", ""),
        ],
    }
    return render(request, "safety/finding_detail.html", context, status=422 if form.errors else 200)


def _chips(counts: dict[str, int], wanted: str) -> list[dict[str, Any]]:
    here = reverse("safety:finding-list")
    kinds = [(kind, queries.TITLES[kind], number) for kind, number in counts.items() if number or kind == wanted]
    return [
        {"url": here, "label": "All", "count": sum(counts.values()), "current": not wanted},
        *(
            {"url": f"?kind={kind}", "label": label, "count": number, "current": kind == wanted}
            for kind, label, number in kinds
        ),
        {"url": f"?kind={EXPLAINED}", "label": "Explained", "count": "", "current": wanted == EXPLAINED},
    ]


def _office() -> Any:
    return trial_queries.definition_of(trial_queries.latest_version(trial_queries.current_trial())).office
