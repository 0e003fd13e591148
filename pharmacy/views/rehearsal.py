"""The rehearsal of the method on simulated people. It reads the protocol, and writes nothing."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from core.permissions import Permission, requires
from core.requests import PageRequest
from pharmacy import allocation, drawings, queries
from pharmacy.forms import RehearsalForm
from pharmacy.permuted_blocks import Slot
from pharmacy.rehearsal import Rehearsal, rehearse_protocol
from trials import queries as trial_queries

FEW = 5


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_GET
@never_cache
def rehearsal(request: PageRequest) -> HttpResponse:
    """Shows on simulated people how well the protocol's method balances the arms, and how well it could be guessed."""
    trial = trial_queries.current_trial()
    definition = trial_queries.definition_of(trial_queries.latest_version(trial))
    form = RehearsalForm(request.GET or None)
    context: dict[str, Any] = {"trial": trial, "form": form, "scheme": definition.randomisation.scheme}
    entered = form.cleaned_data if form.is_bound and form.is_valid() else RehearsalForm.FIRST
    draft = _draft(request, trial.pk) if definition.randomisation.scheme.kind == "uploaded_list" else []
    levels = queries.levels_of(definition, sites=list(trial.sites.order_by("code")))
    found = rehearse_protocol(definition, levels=levels, draft=draft, **entered)
    if found is not None:
        context |= _shown(found) | {"entered": entered}
    return render(request, "pharmacy/rehearsal.html", context, status=422 if form.errors else 200)


def _draft(request: PageRequest, trial_id: int) -> list[Slot]:
    lists = allocation.lists(trial_id=trial_id, by=request.viewer.person)
    open_ones = [entry for entry in lists if entry.sealed_at is None]
    return allocation.slots_of(open_ones[0].list_id, by=request.viewer.person) if open_ones else []


def _shown(found: Rehearsal) -> dict[str, Any]:
    # Places that few of the simulated trials come to would show nothing but chance.
    places = found.guessed_by_place[: max(FEW, len(found.guessed_by_place) // 2)]
    arms = list(next(iter(found.by_stratum.values()), {}))
    half = [number for number, count in found.overall_difference.items() for _ in range(count)]
    return {
        "found": found,
        "arms": arms,
        "rows": [(stratum, list(counts.values())) for stratum, counts in found.by_stratum.items()],
        "overall_bars": drawings.bars(found.overall_difference),
        "stratum_bars": drawings.bars(found.worst_in_stratum),
        "marks": drawings.marks(places),
        "places": list(enumerate(places, start=1)),
        "scale": [(drawings.height_of(share), f"{share:.0%}") for share in (0, 0.5, 1)],
        "chance_y": drawings.height_of(found.chance),
        "differences": [
            (number, found.overall_difference.get(number, 0), found.worst_in_stratum.get(number, 0))
            for number in range(max(len(found.overall_difference), len(found.worst_in_stratum)))
        ],
        "answers": [
            ("How balanced at the end?", f"{half[len(half) // 2]} apart", "in the middle one of the simulated trials"),
            ("Guessed by who knows all earlier arms", f"{found.guessed.share:.0%}", "right, nobody blinded knows them"),
            ("Guessed by a blinded person", f"{found.chance:.0%}", "right, the share of an arm"),
        ],
    }
