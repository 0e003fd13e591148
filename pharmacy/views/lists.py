"""The statistician's page: make a list, look at its balance, seal it. Unblinded, and open to nobody else."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.models import Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import signatures_of
from pharmacy import actions, allocation, queries
from pharmacy.allocation import ListOverview
from pharmacy.forms import MakeListForm, SealForm, UploadListForm
from pharmacy.minimisation import MinimisationRules, replay
from pharmacy.permuted_blocks import preview_balance
from trials import queries as trial_queries

PAGE = "pharmacy/allocation_list.html"
PREVIEWED = (10, 20, 40, 80, 160)


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_GET
@never_cache
def allocation_list(request: PageRequest) -> HttpResponse:
    """Shows the sealed list's use, or the latest draft with its balance on simulated people."""
    return render(request, PAGE, _context(request))


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_POST
@never_cache
def allocation_list_make(request: PageRequest) -> HttpResponse:
    """Makes a draft by the numbers of the latest protocol version."""
    version = trial_queries.latest_version(trial_queries.current_trial())
    kind = trial_queries.definition_of(version).randomisation.scheme.kind
    form = MakeListForm(request.POST, kind=kind)
    if form.is_valid():
        try:
            slots = form.cleaned_data["slots_per_stratum"]
            actions.make_allocation_list(version, slots_per_stratum=slots, by=request.viewer.person, at=request.now)
            messages.success(request, "Draft made. Nothing is sealed yet.")
            return redirect("pharmacy:allocation-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, PAGE, _context(request) | {"form": form, "make_form": form}, status=422)


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_POST
@never_cache
def allocation_list_upload(request: PageRequest) -> HttpResponse:
    """Makes a draft of the statistician's file, or names every faulty row and keeps nothing."""
    form = UploadListForm(request.POST, request.FILES)
    if form.is_valid():
        version, file = trial_queries.latest_version(trial_queries.current_trial()), form.cleaned_data["file"]
        try:
            actions.upload_allocation_list(
                version, content=file.read(), file_name=file.name, by=request.viewer.person, at=request.now
            )
            messages.success(request, "Every row was taken. Nothing is sealed yet: look at the draft.")
            return redirect("pharmacy:allocation-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, PAGE, _context(request) | {"form": form, "upload_form": form}, status=422)


@requires(Permission.ALLOCATION_LIST_MAKE)
@require_POST
@never_cache
def allocation_list_seal(request: PageRequest) -> HttpResponse:
    """Seals the draft that was shown, with the statistician's signature."""
    form, context = SealForm(request.POST), _context(request)
    draft: ListOverview | None = context.get("draft")
    if form.is_valid() and draft is not None:
        entered = form.cleaned_data
        try:
            actions.seal_allocation_list(
                draft.list_id,
                shown_digest=entered["seen_digest"],
                password=entered["password"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, "Sealed. The list can no longer be changed by anybody.")
            return redirect("pharmacy:allocation-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, PAGE, context | {"form": form, "seal_form": form}, status=422)


def _context(request: PageRequest) -> dict[str, Any]:
    trial, person = trial_queries.current_trial(), request.viewer.person
    sealed = queries.sealed_list(trial.pk)
    lists = allocation.lists(trial_id=trial.pk, by=person)
    shown = next((entry for entry in lists if (entry.sealed_at is not None) == (sealed is not None)), None)
    rules = trial_queries.definition_of(trial_queries.latest_version(trial)).randomisation
    context: dict[str, Any] = {"trial": trial, "sealed": sealed, "shown": shown, "kind": rules.scheme.kind}
    context |= {"make_form": MakeListForm(kind=rules.scheme.kind), "upload_form": UploadListForm()}
    context |= {"columns": ", ".join([*rules.stratify_by, "arm"]), "arms_in_words": ", ".join(sorted(rules.ratio))}
    if shown is None:
        return context | {"answers": _answers(None, None)}
    maker = Person.objects.filter(pk=shown.made_by_id).first()
    context |= {"maker": maker, "answers": _answers(shown, sealed), "strata": _strata(shown)}
    if sealed is not None:
        return context | {"signatures": signatures_of(sealed), "repeated": _repeated(shown, by=person)}
    slots = allocation.slots_of(shown.list_id, by=person)
    return context | {
        "draft": shown,
        "slots": slots,
        "arms": sorted({slot.arm for slot in slots}),
        "preview": preview_balance(slots, people=PREVIEWED, seed=shown.seed) if slots[0].arm else (),
        "seal_form": SealForm(initial={"seen_digest": shown.digest}),
    }


def _repeated(shown: ListOverview, *, by: Person) -> tuple[int, list[int]] | None:
    """Repeats a list of minimisation from its seed: how many allocations, and the places that do not agree."""
    if shown.method != "minimisation":
        return None
    rules = MinimisationRules(
        tuple(shown.ratio), Decimal(shown.rules["probability"]), shown.rules["measure"], shown.rules["weights"]
    )
    return replay(allocation.taken_places(shown.list_id, by=by), rules=rules, seed=shown.seed)


def _strata(shown: ListOverview) -> list[tuple[str, int, int, int]]:
    return [(stratum, taken, total, total - taken) for stratum, (taken, total) in shown.used.items()]


def _answers(shown: ListOverview | None, sealed: Any) -> list[tuple[str, str, str]]:
    if shown is None:
        return [
            ("Is a list sealed?", "No", "nobody can be randomised before"),
            ("Is there a draft?", "No", ""),
            ("What comes next?", "Make a draft", "then look at its balance and seal it"),
        ]
    taken = sum(used for used, _ in shown.used.values())
    total = sum(whole for _, whole in shown.used.values())
    least = min((whole - used, stratum) for stratum, (used, whole) in shown.used.items())
    if sealed is None:
        return [
            ("Is a list sealed?", "No", "nobody can be randomised before"),
            ("Is there a draft?", f"{total} slots", f"in {len(shown.used)} strata"),
            ("What comes next?", "Seal it", "after a look at the balance"),
        ]
    return [
        ("Is a list sealed?", "Yes", f"{sealed.sealed_at:%-d %b %Y}, {sealed.recorded_by}"),
        ("How much is used?", f"{taken} of {total}", "slots"),
        ("Which stratum runs out first?", least[1], f"{least[0]} slots left"),
    ]
