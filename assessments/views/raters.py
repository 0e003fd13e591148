"""The pool of raters as the sponsor's blinded desk sees it: certificates, load, agreement and drift, never a rating."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from assessments.second_ratings import DRIFTING, agreements, pairs, rater_lines
from core.clock import local_date
from core.permissions import Permission, requires
from core.requests import PageRequest
from trials.queries import current_version, definition_of


@requires(Permission.RATER_POOL_VIEW)
@require_GET
def rater_pool(request: PageRequest) -> HttpResponse:
    """Shows who may rate, how far second ratings agree with the first, and which rater drifts."""
    version = current_version()
    if version is None:
        raise Http404
    definition, found = definition_of(version), pairs()
    lines = rater_lines(definition, found, on=local_date(request.now, zone=request.viewer.person.zone))
    by_instrument = agreements(definition, found)
    drifting = [line.person.display_name for line in lines if line.drift == DRIFTING]
    below = [each.instrument for each in by_instrument if each.holds is False]
    context = {
        "lines": lines,
        "agreements": by_instrument,
        "rule": definition.rater_agreement,
        "answers": [
            ("Raters", len(lines), "delegated and certified today"),
            ("Drifting", len(drifting) or "Nobody", ", ".join(drifting)),
            ("Agreement", "Below the limit" if below else "Holds" if by_instrument else "Not known", ", ".join(below)),
        ],
    }
    return render(request, "assessments/rater_pool.html", context)
