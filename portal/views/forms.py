"""A questionnaire on the own telephone: each answer is kept at once, and what the network swallowed is sent again."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from assessments.queries import answers_for, items_for
from core.errors import Refused
from portal import actions, queries
from portal.stays import Own, own_page, show
from protocol.scoring import NOT_APPLICABLE

if TYPE_CHECKING:
    from assessments.models import Assessment

# The longest label of a number, and of a word or two.
NUMERAL, A_WORD = 3, 14
# Kinds of items whose answer is kept as it was written.
WRITTEN = ("text", "date", "number")


@own_page
@require_GET
def form_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Shows the questions by their numbers, with what was answered."""
    return _show(request, _form_of(request, public_id))


@own_page
@require_POST
def item_answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps one answer; the same again changes nothing."""
    own, form = _own(request), _form_of(request, public_id)
    kinds = {item.number: item.kind for item in items_for(form)}
    try:
        number = int(request.POST["item"])
        value = _value(request.POST.get("value", ""), kind=kinds.get(number, ""))
        actions.answer_item(form, item=number, value=value, by=own.by, at=own.at)
    except (Refused, ValueError):
        return HttpResponse(own.words["need_fitting"], status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@own_page
@require_POST
def form_complete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps every answer that is on the page and closes the questionnaire."""
    own, form = _own(request), _form_of(request, public_id)
    reason = request.POST.get("missing_reason", "").strip()[:300]
    wrong = _keep_answers(request, form)
    if wrong:
        return _show(request, form, wrong=wrong, missing_reason=reason, status=422)
    try:
        actions.complete_form(form, missing_reason=reason, by=own.by, at=own.at)
    except Refused as refusal:
        # What a check of the form says is in the form's own language; every other reason is that answers are missing.
        told = refusal.message if refusal.field.startswith("item_") else own.words["form_missing_needed"]
        return _show(request, form, trouble=told, missing_reason=reason, status=422)
    return redirect("portal:home")


def _keep_answers(request: HttpRequest, form: "Assessment") -> dict[int, str]:
    """Keeps every answer on the page that fits its question, and returns what was typed where it does not."""
    own, wrong = _own(request), {}
    for item in items_for(form):
        typed = request.POST.get(f"item_{item.number}")
        if typed is None:
            continue
        try:
            actions.answer_item(form, item=item.number, value=_value(typed, kind=item.kind), by=own.by, at=own.at)
        except (Refused, ValueError):
            wrong[item.number] = typed
    return wrong


def _own(request: HttpRequest) -> Own:
    return cast(Own, request.own)  # type: ignore[attr-defined]


def _form_of(request: HttpRequest, public_id: str) -> "Assessment":
    own = _own(request)
    form = queries.form_of(own.participant, public_id)
    if form is None:
        raise Http404
    form.participant = own.participant
    return form


def _value(text: str, *, kind: str) -> int | str | None:
    """Returns what was typed as an item of a kind takes it. Raises ValueError for words where a number is asked."""
    if text.strip() == "":
        return None
    if kind in WRITTEN:
        return text.strip().replace(",", ".") if kind == "number" else text.strip()
    return NOT_APPLICABLE if text == NOT_APPLICABLE else int(text)


def _show(
    request: HttpRequest,
    form: "Assessment",
    *,
    trouble: str = "",
    wrong: Mapping[int, str] = MappingProxyType({}),
    missing_reason: str = "",
    status: int = 200,
) -> HttpResponse:
    own, stored = _own(request), answers_for(form)
    # The wording that is shipped is English; a form of the trial's own has one language, which its writer chose.
    shows_words = form.form_version_id is not None or own.words["language"] == "en"
    rows = []
    for item in items_for(form):
        choices = [(str(value), label) for value, label in item.choices]
        if item.may_not_apply:
            choices.append((NOT_APPLICABLE, own.words["form_not_applicable"]))
        answer = wrong.get(item.number, stored.get(item.number))
        said = item.text if shows_words else ""
        longest = max((len(label) for _, label in choices), default=0)
        # Numbers side by side, a word or two in columns, a sentence in a row of its own.
        shape = "" if longest <= NUMERAL else "own-answers" if longest <= A_WORD else "own-rows"
        rows.append((item, said, choices, shape, "" if answer is None else str(answer), item.number in wrong))
    context = {
        "questionnaire": form,
        "rows": rows,
        "trouble": trouble or (own.words["need_fitting"] if wrong else ""),
        "missing_reason": missing_reason,
        "locked": form.state == "locked",
        "has_words": all(said for _, said, *_ in rows),
    }
    return show(request, "portal/form.html", context, words=own.words, status=status)
