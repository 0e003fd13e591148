"""Holds of dosing: what holds and why, placed by hand, reviewed and ended by signature."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import duration
from patients.access import participant_for
from safety import actions, queries
from safety.access import hold_for, holds_for, trial_hold_for
from safety.forms import HoldForm, HoldReviewForm
from sessions import queries as session_queries
from trials import queries as trial_queries

if TYPE_CHECKING:
    from sessions.models import DosingHold, TrialHold

ON_A_PAGE = 50


@requires(Permission.SESSION_VIEW)
@require_GET
def hold_list(request: PageRequest) -> HttpResponse:
    """Lists what keeps people from being dosed, then what was ended."""
    mine = holds_for(request.viewer, Permission.SESSION_VIEW)
    everybodys = session_queries.trial_holds()
    of_trial = [queries.line_of_trial_hold(hold) for hold in everybodys.order_by("-placed_at", "-id")]
    holding = [line for line in of_trial if line.lifted_at is None]
    still = mine.filter(lifted_at__isnull=True).order_by("placed_at", "id")
    holding += [queries.line_of_hold(hold) for hold in still]
    page = Paginator(mine.filter(lifted_at__isnull=False).order_by("-lifted_at", "-id"), ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    ended = [line for line in of_trial if line.lifted_at is not None] if page.number == 1 else []
    whole = any(line.subject == queries.WHOLE_TRIAL for line in holding)
    context = {
        "holding": holding,
        "ended": ended + [queries.line_of_hold(hold) for hold in page],
        "page": page,
        "may_hold_trial": request.viewer.site_ids(Permission.TRIAL_HOLD_PLACE) is None,
        "answers": [
            ("Is the trial on hold?", "Yes" if whole else "No", "no dose at any site" if whole else ""),
            ("Participants on hold", str(len({line.subject for line in holding} - {queries.WHOLE_TRIAL})), ""),
            ("Longest", duration(request.now - min(line.placed_at for line in holding)) if holding else "None", ""),
        ],
    }
    return render(request, "safety/hold_list.html", context)


@requires(Permission.SESSION_VIEW)
@require_GET
def hold_detail(request: PageRequest, public_id: str, rule: str) -> HttpResponse:
    """Shows a participant's hold: its rule, what makes it true, who ends it, and what was found."""
    hold = hold_for(request.viewer, public_id, rule, Permission.SESSION_VIEW)
    return _show(request, hold, form=_review_form(request, hold))


@requires(Permission.SESSION_VIEW)
@require_GET
def trial_hold_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a hold of the whole trial."""
    hold = trial_hold_for(public_id)
    return _show(request, hold, form=_review_form(request, hold))


@requires(Permission.HOLD_REVIEW)
@require_POST
def hold_review(request: PageRequest, public_id: str, rule: str) -> HttpResponse:
    """Signs what a review of a participant's hold found."""
    return _review(request, hold_for(request.viewer, public_id, rule, Permission.HOLD_REVIEW))


@requires(Permission.HOLD_REVIEW)
@require_POST
def trial_hold_review(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs what a review of a hold of the whole trial found."""
    _of_whole_trial(request, Permission.HOLD_REVIEW)
    return _review(request, trial_hold_for(public_id))


@requires(Permission.HOLD_PLACE)
@require_http_methods(["GET", "POST"])
def hold_place(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts dosing of a participant on hold by hand, at once."""
    participant = participant_for(request.viewer, public_id, Permission.HOLD_PLACE)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hold = actions.place_hold_by_hand(
                participant, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now
            )
            messages.success(request, f"Dosing of {participant} is on hold. Who must know was told.")
            return redirect("safety:hold-detail", public_id, hold.rule)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"form": form, "subject": participant.screening_number, "back": reverse("safety:hold-list")}
    return render(request, "safety/hold_place.html", context, status=422 if form.errors else 200)


@requires(Permission.TRIAL_HOLD_PLACE)
@require_http_methods(["GET", "POST"])
def trial_hold_place(request: PageRequest) -> HttpResponse:
    """Puts dosing on hold at every site by hand, at once."""
    _of_whole_trial(request, Permission.TRIAL_HOLD_PLACE)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hold = actions.place_trial_hold_by_hand(
                trial_queries.current_trial(), reason=form.cleaned_data["reason"], by=request.viewer.person,
                at=request.now,
            )  # fmt: skip
            messages.success(request, "Dosing is on hold at every site. Who must know was told.")
            return redirect("safety:trial-hold-detail", hold.public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"form": form, "subject": "The whole trial", "back": reverse("safety:hold-list")}
    return render(request, "safety/hold_place.html", context, status=422 if form.errors else 200)


def _of_whole_trial(request: PageRequest, permission: Permission) -> None:
    if request.viewer.site_ids(permission) is not None:
        raise Http404


def _review(request: PageRequest, hold: "DosingHold | TrialHold") -> HttpResponse:
    form = _review_form(request, hold, data=request.POST)
    if form is not None and form.is_valid():
        entered = form.cleaned_data
        try:
            review = actions.review_hold(
                hold, findings=entered["findings"], decision=entered["decision"],
                reference=entered.get("reference", ""), password=entered["password"],
                submission_id=entered["submission_id"], by=request.viewer.person, at=request.now,
            )  # fmt: skip
            words = "The hold is ended." if review.decision == "release" else "The hold goes on."
            messages.success(request, f"Your review is signed. {words}")
            return redirect(_line(hold).url)
        except Refused as refusal:
            show_refusal(form, refusal)
    if form is None:
        messages.error(request, "This hold was ended already.")
        return redirect(_line(hold).url)
    return _show(request, hold, form=form)


def _review_form(request: PageRequest, hold: "DosingHold | TrialHold", *, data: Any = None) -> HoldReviewForm | None:
    """Returns the form of a review for whoever may review the hold, while it holds."""
    ids = request.viewer.site_ids(Permission.HOLD_REVIEW)
    site_id = getattr(hold, "site_id", None)
    if hold.lifted_at is not None or not (ids is None or site_id in ids):
        return None
    line = actions.release_of(hold)
    may_end = actions.may_end(hold, person=request.viewer.person, at=request.now)
    return HoldReviewForm(data, may_end=may_end, reference=line.reference if line else "")


def _line(hold: "DosingHold | TrialHold") -> queries.HoldLine:
    return queries.line_of(hold)


def _show(request: PageRequest, hold: "DosingHold | TrialHold", *, form: HoldReviewForm | None) -> HttpResponse:
    line, way_out = _line(hold), actions.release_of(hold)
    evidence = actions.still_true(hold, at=request.now) if hold.lifted_at is None else ""
    ends = actions.who_ends(hold)
    of_trial = line.subject == queries.WHOLE_TRIAL
    context = {
        "line": line,
        "form": form,
        "review_url": f"{line.url}review/",
        "way_out": way_out,
        "ends": ends,
        "evidence": evidence,
        "judged": not (of_trial or hold.lifted_at or hold.rule == actions.BY_HAND),
        "reviews": queries.reviews_of(hold),
        "answers": [
            (
                "What stops?",
                "Every dose",
                "of this participant" if line.subject != queries.WHOLE_TRIAL else "everywhere",
            ),
            ("Since when?", duration((hold.lifted_at or request.now) - hold.placed_at), ""),
            ("Who ends it?", ends or "Nobody", "by signature" if ends else "by this protocol"),
        ],
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "safety/hold_detail.html", context, status=status)
