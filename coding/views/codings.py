"""The coder's queue, and one verbatim with the terms that are like it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from coding import actions, queries
from coding.access import coding_for, codings_for
from coding.forms import QuestionForm, SearchForm, TermForm
from coding.models import Coding, DictionaryTerm
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest

ON_A_PAGE = 50
DETAIL = "coding/coding_detail.html"
FILTERS = {"": "To code", "query": "Asked", "coded": "Coded"}
SHAPES = {"waiting": ("due", "To code"), "query": ("query", "Asked"), "coded": ("complete", "Coded")}


@requires(Permission.CODING_MANAGE)
@require_GET
def coding_list(request: PageRequest) -> HttpResponse:
    """Lists what waits for a coder, what was asked, and what is coded."""
    mine = codings_for(request.viewer, Permission.CODING_MANAGE)
    wanted = request.GET.get("show", "")
    wanted = wanted if wanted in FILTERS else ""
    counted = queries.counts(mine.order_by())
    page = Paginator(mine.filter(state=wanted or "waiting").order_by("verbatim", "id"), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [(SHAPES[coding.state], coding) for coding in page],
        "wanted": wanted,
        "chips": [
            {
                "url": f"?show={name}" if name else "?",
                "label": label,
                "count": counted.get(name or "waiting", 0),
                "current": name == wanted,
            }
            for name, label in FILTERS.items()
        ],
        "answers": [
            ("To code", str(counted.get("waiting", 0)), ""),
            ("Asked", str(counted.get("query", 0)), "of the sites"),
            ("Coded", str(counted.get("coded", 0)), ""),
        ],
    }
    return render(request, "coding/coding_list.html", context)


@requires(Permission.CODING_MANAGE)
@require_GET
def coding_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows some words with the terms that are like them, or like other words that are looked for."""
    coding = coding_for(request.viewer, public_id, Permission.CODING_MANAGE)
    return render(request, DETAIL, _context(coding, looked_for=request.GET.get("q", "")))


@requires(Permission.CODING_MANAGE)
@require_POST
def coding_accept(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives the words a term."""
    coding = coding_for(request.viewer, public_id, Permission.CODING_MANAGE)
    form = TermForm(request.POST, terms=[])
    if form.is_valid():
        try:
            actions.code_by_hand(coding, **form.cleaned_data, by=request.viewer.person, at=request.now)
            messages.success(request, f"“{coding.verbatim}” is coded.")
            return redirect("coding:coding-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return _come_back(request, coding, "term_form", form)


@requires(Permission.CODING_MANAGE)
@require_POST
def coding_ask(request: PageRequest, public_id: str) -> HttpResponse:
    """Asks the site what its words mean."""
    coding = coding_for(request.viewer, public_id, Permission.CODING_MANAGE)
    form = QuestionForm(request.POST)
    if form.is_valid():
        actions.query_wording(coding, question=form.cleaned_data["question"], by=request.viewer.person)
        messages.success(request, "The site is asked; other words come back to the queue.")
        return redirect("coding:coding-list")
    return _come_back(request, coding, "question_form", form)


def _come_back(request: PageRequest, coding: Coding, name: str, form: Any) -> HttpResponse:
    context = _context(coding, looked_for=request.POST.get("q", ""))
    if name == "term_form":
        # The choices stand for what is like the words; what was chosen stays chosen.
        form.fields["code"].widget.choices = context["term_form"].fields["code"].widget.choices
    return render(request, DETAIL, context | {name: form, "form": form}, status=422)


def _context(coding: Coding, *, looked_for: str) -> dict[str, Any]:
    dictionary = queries.in_use(coding.kind)
    words = looked_for.strip()[:250]
    found = queries.suggestions(dictionary, words or coding.verbatim) if dictionary else []
    return {
        "coding": coding,
        "participant": coding.participant,
        "dictionary": dictionary,
        "state": SHAPES[coding.state],
        "looked_for": words,
        "search_form": SearchForm(initial={"q": words}),
        "term_form": TermForm(
            terms=[(term.code, _in_words(term)) for term in found],
            initial={"seen_verbatim": coding.verbatim, "code": found[0].code if found else ""},
        ),
        "found": found,
        "question_form": QuestionForm(initial={"question": coding.question}),
        "answers": [
            ("Coded as", coding.term or "Not yet", coding.get_way_display()),
            ("Dictionary in use", str(dictionary) if dictionary else "None", ""),
        ],
    }


def _in_words(term: DictionaryTerm) -> str:
    above = ", ".join(part for part in (term.preferred if term.preferred != term.name else "", term.system) if part)
    return f"{term.name} ({term.code}{f'; {above}' if above else ''})"
