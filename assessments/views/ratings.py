"""The rater's pages: they show a code and a form, and nothing that says of whom, when or where."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from assessments import actions, queries
from assessments.access import rating_for
from assessments.forms import ItemForm, LockForm, UnblindingForm, confirmations_in
from assessments.models import AssessmentState
from assessments.rating_page import RatingPage, page_of, score_rows
from assessments.second_ratings import certificate_of
from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest

READY, STARTED, LOCKED = AssessmentState.READY, AssessmentState.STARTED, AssessmentState.LOCKED
STATES = {READY: "due", STARTED: "started", LOCKED: "locked"}


@requires(Permission.RATING_ENTER)
@require_GET
def rating_list(request: PageRequest) -> HttpResponse:
    """Shows the rater's interviews by code and state, in an order that says nothing."""
    ratings = queries.ratings_of(request.viewer.person)
    by_state = {state: [r for r in ratings if r.state == state] for state in STATES}
    nothing = ("Nothing", "you will get a message")
    waiting = by_state[STARTED] or by_state[READY]
    answers = [
        ("Next", *((waiting[0].code, "go on" if by_state[STARTED] else "ready to begin") if waiting else nothing)),
        ("Unfinished", len(by_state[STARTED]), "begun and not locked"),
        ("Locked by you", len(by_state[LOCKED]), "signed"),
    ]
    rows = [{"rating": rating, "state": STATES[rating.state]} for rating in ratings]
    certificate = certificate_of(request.viewer.person, on=local_date(request.now, zone=request.viewer.person.zone))
    context = {"rows": rows, "answers": answers, "certificate": certificate}
    return render(request, "assessments/rating_list.html", context)


@requires(Permission.RATING_ENTER)
@require_GET
def rating_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one item of the interview; without a number, the first that is not answered."""
    assessment = rating_for(request.viewer, public_id)
    page = page_of(assessment, number=_number(request.GET.get("item")))
    if assessment.state == LOCKED:
        context = {"page": page, "scores": score_rows(page.rating), "answers": page.locked_answers}
        return render(request, "assessments/rating_locked.html", context)
    if page.item is None:
        return redirect(page.way_on)
    form = ItemForm(item=page.item, initial={"value": page.answers.get(page.item.number)})
    return _show_item(request, page, form)


@require_POST
@requires(Permission.RATING_ENTER)
def rating_item(request: PageRequest, public_id: str, number: int) -> HttpResponse:
    """Keeps the answer to one item; stays on it when it was only chosen, goes on when it was confirmed."""
    assessment = rating_for(request.viewer, public_id)
    page = page_of(assessment, number=number)
    if page.item is None:
        raise Http404
    form = ItemForm(request.POST, item=page.item)
    if not form.is_valid():
        return _show_item(request, page, form, status=422)
    try:
        actions.enter_item(
            assessment, item=number, value=form.cleaned_data["value"], by=request.viewer.person, at=request.now
        )
    except Refused as refusal:
        form.add_error("value", refusal.message)
        return _show_item(request, page, form, status=422)
    return _after_answer(request, page_of(assessment, number=number))


@requires(Permission.RATING_ENTER)
def rating_lock(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what is answered and what is missing, and locks the interview under the rater's password."""
    assessment = rating_for(request.viewer, public_id)
    page = page_of(assessment)
    if page.rating.state == LOCKED:
        return redirect("assessments:rating-detail", public_id)
    form = _lock_form(request, page, doubted="confirm" in request.POST)
    if request.method == "POST" and form.is_valid():
        said = {name: text for name, text in form.cleaned_data.items() if not name.startswith("confirm_")}
        try:
            actions.lock_rating(
                assessment, confirmations=confirmations_in(form), by=request.viewer.person, at=request.now, **said
            )
        except Refused as refusal:
            if refusal.field and refusal.field.startswith("confirm_"):
                form = _lock_form(request, page, doubted=True)
                form.full_clean()
            show_refusal(form, refusal)
        else:
            messages.success(request, "Locked. Thank you.")
            return redirect("assessments:rating-detail", public_id)
    status = 422 if form.errors else 200
    doubted = any(name.startswith("confirm_") for name in form.fields)
    context = {"page": page, "form": form, "answers": page.lock_answers, "doubted": doubted}
    return render(request, "assessments/rating_lock.html", context, status=status)


@requires(Permission.RATING_ENTER)
def unblinding_report(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down at once that the rater learned something a rater should not know."""
    assessment = rating_for(request.viewer, public_id)
    form = UnblindingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.report_unblinding(assessment, by=request.viewer.person, at=request.now, **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Recorded. Please go on with the assessment as it is.")
            return redirect("assessments:rating-detail", public_id)
    context = {"assessment": assessment, "form": form, "code": assessment.rating_code}
    return render(request, "assessments/unblinding_report.html", context, status=422 if form.errors else 200)


def _lock_form(request: PageRequest, page: RatingPage, *, doubted: bool) -> LockForm:
    checks = [check for part in page.rating.parts for check in queries.checks_for(part)]
    given = {"anything_missing": page.anything_missing, "guesses": page.guesses}
    return LockForm(request.POST or None, checks=checks, doubted=doubted, **given)


def _after_answer(request: PageRequest, page: RatingPage) -> HttpResponse:
    stays = "stay" in request.POST
    if not _is_fragment(request):
        return redirect(page.here if stays else page.next_url)
    if not stays and page.following is None:
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = page.next_url
        return moved
    shown = page if stays else page_of(page.assessment, number=page.following)
    assert shown.item is not None
    form = ItemForm(item=shown.item, initial={"value": shown.answers.get(shown.item.number)})
    answer = _show_item(request, shown, form)
    answer["HX-Push-Url"] = shown.here
    return answer


def _show_item(request: PageRequest, page: RatingPage, form: Any, *, status: int = 200) -> HttpResponse:
    template = "assessments/_rating_item.html" if _is_fragment(request) else "assessments/rating_detail.html"
    return render(request, template, {"page": page, "form": form, "answers": page.three_answers}, status=status)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _is_fragment(request: PageRequest) -> bool:
    return "HX-Request" in request.headers
