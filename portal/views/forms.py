"""A questionnaire on the own telephone: each answer is kept at once, and what the network swallowed is sent again."""

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
    try:
        number, value = _typed(request)
        actions.answer_item(form, item=number, value=value, by=own.by, at=own.at)
    except (Refused, ValueError):
        return HttpResponse(own.words["need_answer"], status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@own_page
@require_POST
def form_complete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps every answer that is on the page and closes the questionnaire."""
    own, form = _own(request), _form_of(request, public_id)
    reason = request.POST.get("missing_reason", "").strip()[:300]
    try:
        for item in items_for(form):
            if f"item_{item.number}" in request.POST:
                value = _value(request.POST[f"item_{item.number}"])
                actions.answer_item(form, item=item.number, value=value, by=own.by, at=own.at)
        actions.complete_form(form, missing_reason=reason, by=own.by, at=own.at)
    except (Refused, ValueError):
        return _show(request, form, trouble=own.words["form_missing_needed"], status=422)
    return redirect("portal:home")


def _own(request: HttpRequest) -> Own:
    return cast(Own, request.own)  # type: ignore[attr-defined]


def _form_of(request: HttpRequest, public_id: str) -> "Assessment":
    own = _own(request)
    form = queries.form_of(own.participant, public_id)
    if form is None:
        raise Http404
    form.participant = own.participant
    return form


def _typed(request: HttpRequest) -> tuple[int, int | str | None]:
    return int(request.POST["item"]), _value(request.POST.get("value", ""))


def _value(text: str) -> int | str | None:
    if text == "":
        return None
    return NOT_APPLICABLE if text == NOT_APPLICABLE else int(text)


def _show(request: HttpRequest, form: "Assessment", *, trouble: str = "", status: int = 200) -> HttpResponse:
    own, stored = _own(request), answers_for(form)
    rows = []
    for item in items_for(form):
        choices = [(str(value), label) for value, label in item.choices]
        if item.may_not_apply:
            choices.append((NOT_APPLICABLE, own.words["form_not_applicable"]))
        answer = stored.get(item.number)
        rows.append((item, choices, "" if answer is None else str(answer)))
    context = {"questionnaire": form, "rows": rows, "trouble": trouble, "locked": form.state == "locked"}
    return show(request, "portal/form.html", context, words=own.words, status=status)
