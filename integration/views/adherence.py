"""Reviews of recordings: the reviewer's own pages, how therapists stand, sign-offs and restored privileges."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Conflict, Refused, WrongPassword
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from integration import actions, adherence
from integration.forms_review import RestoreForm, ReviewForm, SignOffForm
from sessions import actions as session_actions
from sessions import privilege
from sessions.access import session_for
from trials.queries import current_version, definition_of

REFUSALS = (Refused, WrongPassword)


@requires(Permission.REVIEW_ENTER)
@require_GET
def review_list(request: PageRequest) -> HttpResponse:
    """Lists the reviewer's own reviews by their codes."""
    reviews = adherence.reviews_of(request.viewer.person)
    waiting = [review for review in reviews if review.state == "ready"]
    context = {
        "reviews": reviews,
        "answers": [
            ("What waits for you?", len(waiting) or "Nothing", "recordings to rate"),
            ("What is locked?", len(reviews) - len(waiting), "under your signature"),
            ("Who sees your ratings?", "Supervision", "under the code alone"),
        ],
    }
    return render(request, "integration/review_list.html", context)


@requires(Permission.REVIEW_ENTER)
@require_http_methods(["GET", "POST"])
def review_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes the ratings of one recording and locks them under the reviewer's signature."""
    review = adherence.review_of(request.viewer.person, public_id)
    if review is None:
        raise Http404
    rules = adherence.rules_of(review)
    form = ReviewForm(request.POST or None, rules=rules)
    if request.method == "POST" and form.is_valid():
        try:
            actions.lock_review(review, **form.said, by=request.viewer.person, at=request.now)
        except REFUSALS as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Locked.")
            return redirect("integration:review-list")
    context = {
        "review": review,
        "form": form,
        "rules": rules,
        "lines": [(item, review.answers.get(item.code)) for item in rules.items],
        "seen": [rules.breaches.get(code, code) for code in review.breaches],
    }
    return render(request, "integration/review_detail.html", context, status=422 if form.errors else 200)


@requires(Permission.REVIEW_VIEW)
@require_GET
def adherence_board(request: PageRequest) -> HttpResponse:
    """Shows how therapists stand by the reviews, how far reviewers agree, who rests and which pair waits."""
    version = current_version()
    if version is None:
        raise Http404
    rules = definition_of(version).adherence
    reviews = adherence.locked_for(request.viewer)
    rests = list(privilege.rests_for(request.viewer, Permission.REVIEW_VIEW))
    waiting = privilege.pairs_to_sign_off(request.viewer) if request.viewer.may(Permission.SUPERVISION_SIGN) else []
    lines = adherence.therapist_lines(reviews, rules)
    agreement = adherence.agreement_of(reviews, rules)
    resting = {rest.person_id for rest in rests}
    context = {
        "rules": rules,
        "lines": [(line, line.person.pk in resting) for line in lines],
        "rests": rests,
        "pairs": waiting,
        "agreement": agreement,
        "reviewers": adherence.reviewer_lines(reviews, rules),
        "may_sign": request.viewer.may(Permission.SUPERVISION_SIGN),
        "answers": [
            ("Who may not give doses?", len(resting) or "Nobody", "the privilege rests"),
            ("Which pairs wait?", len(waiting) or "None", "for supervision after their first participant"),
            ("Do reviewers agree?", _agrees(agreement.holds), f"{agreement.pairs} recordings rated twice"),
        ],
    }
    return render(request, "integration/adherence_board.html", context)


@requires(Permission.SUPERVISION_SIGN)
@require_http_methods(["GET", "POST"])
def pair_sign_off(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs off the pair of a session after its first participant."""
    session = session_for(request.viewer, public_id, Permission.SUPERVISION_SIGN)
    form = SignOffForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            session_actions.sign_off_pair(session, **form.cleaned_data, by=request.viewer.person, at=request.now)
        except REFUSALS as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
        else:
            messages.success(request, "The pair is signed off.")
            return redirect("integration:adherence-board")
    context = {"session": session, "participant": session.participant, "form": form}
    return render(request, "integration/pair_sign_off.html", context, status=422 if form.errors else status)


@requires(Permission.SUPERVISION_SIGN)
@require_http_methods(["GET", "POST"])
def rest_restore(request: PageRequest, public_id: str) -> HttpResponse:
    """Restores the dosing privilege of a therapist."""
    rest = privilege.rest_for(request.viewer, public_id)
    form = RestoreForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            session_actions.restore_therapist(rest, **form.cleaned_data, by=request.viewer.person, at=request.now)
        except REFUSALS as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
        else:
            messages.success(request, f"{rest.person.display_name} may give doses again.")
            return redirect("integration:adherence-board")
    return render(
        request, "integration/rest_restore.html", {"rest": rest, "form": form}, status=422 if form.errors else status
    )


def _agrees(holds: bool | None) -> Any:
    return "Not known yet" if holds is None else "Yes" if holds else "Below the limit"
