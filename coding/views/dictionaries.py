"""Dictionaries: which are loaded, loading another, and what putting one in use would change."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coding import actions, queries
from coding.access import dictionary_for
from coding.forms import AdoptForm, LoadForm
from coding.models import KINDS, Dictionary
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest

ON_A_PAGE = 50
CHANGES = {
    "gone": ("missed", "Not in it"),
    "retired": ("closing", "Retired"),
    "renamed": ("query", "Renamed"),
    "moved": ("query", "Moved"),
    "stays": ("complete", "Stays"),
}


@requires(Permission.CODING_MANAGE)
@require_GET
def dictionary_list(request: PageRequest) -> HttpResponse:
    """Lists every version that was loaded, and which is coded by."""
    current = {kind: queries.in_use(kind) for kind, _ in KINDS}
    used = {each.pk for each in current.values() if each is not None}
    context = {
        "rows": [(each.pk in used, each) for each in queries.dictionaries()],
        "answers": [(label, str(current[kind] or "None in use"), "") for kind, label in KINDS],
    }
    return render(request, "coding/dictionary_list.html", context)


@requires(Permission.CODING_MANAGE)
@require_http_methods(["GET", "POST"])
def dictionary_load(request: PageRequest) -> HttpResponse:
    """Loads a version; a fault is told with its file and line."""
    form = LoadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            loaded = actions.load_dictionary(
                told["file"],
                kind=told["kind"],
                name=told["name"],
                version=told["version"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"{loaded} is loaded with {loaded.terms_loaded:,} terms. It is not in use yet.")
            return redirect("coding:dictionary-detail", loaded.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "coding/dictionary_load.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.CODING_MANAGE)
@require_GET
def dictionary_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one version and what putting it in use would change."""
    dictionary = dictionary_for(request.viewer, public_id, Permission.CODING_MANAGE)
    return render(request, "coding/dictionary_detail.html", _context(request, dictionary, AdoptForm()))


@requires(Permission.CODING_MANAGE)
@require_POST
def dictionary_adopt(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts a version in use."""
    dictionary = dictionary_for(request.viewer, public_id, Permission.CODING_MANAGE)
    form = AdoptForm(request.POST)
    if form.is_valid():
        try:
            actions.adopt_dictionary(dictionary, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, f"{dictionary} is in use. What it changed waits in the queue.")
            return redirect("coding:coding-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    context = _context(request, dictionary, form)
    return render(request, "coding/dictionary_detail.html", context | {"form": form}, status=422)


def _context(request: PageRequest, dictionary: Dictionary, form: AdoptForm) -> dict[str, Any]:
    current = queries.in_use(dictionary.kind)
    impact = queries.impact_of(dictionary)
    changed = [line for line in impact if line.change != "stays"]
    page = Paginator(changed, ON_A_PAGE).get_page(request.GET.get("page"))
    is_used = current is not None and current.pk == dictionary.pk
    return {
        "dictionary": dictionary,
        "is_used": is_used,
        "page": page,
        "rows": [(CHANGES[line.change], line) for line in page],
        "adopt_form": None if is_used else form,
        "answers": [
            ("Terms", f"{dictionary.terms_loaded:,}", ""),
            ("To be coded anew", str(sum(line.needs_coder for line in impact)), f"of {len(impact)} coded"),
            ("Renamed or moved", str(sum(line.change in ("renamed", "moved") for line in impact)), ""),
        ],
    }
