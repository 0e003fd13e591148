"""Correcting an entry of a session, or taking it back: the old one stays readable beside who, when and why."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from sessions import actions, queries
from sessions.access import session_for
from sessions.forms import DescribeForm, EntryForm, SubmissionForm, WithdrawForm, correction_of
from sessions.kinds import KINDS, words_of
from sessions.models import DosingSession, ObservedEffect, SessionEntry
from sessions.views.panels import show

PAGE = "sessions/session_entry.html"


@requires(Permission.SESSION_RECORD)
@require_GET
def entry_detail(request: PageRequest, public_id: str, kind: str, entry_id: str) -> HttpResponse:
    """Shows an entry with every version of it, ready to be corrected or taken back."""
    session, entry = _found(request, public_id, kind, entry_id)
    return _show(request, session, entry, kind=kind)


@requires(Permission.SESSION_RECORD)
@require_POST
def amend_entry(request: PageRequest, public_id: str, kind: str, entry_id: str) -> HttpResponse:
    """Writes the corrected entry beside the old one."""
    session, entry = _found(request, public_id, kind, entry_id)
    if not isinstance(entry, actions.AMENDABLE):
        raise Http404
    form = _correction(request, session, entry, kind=kind, data=request.POST)
    if form.is_valid():
        entered = dict(form.cleaned_data)
        submission_id, reason = entered.pop("submission_id"), entered.pop("reason")
        entered["observed_at"] = entered["observed_at"] or entry.observed_at
        try:
            actions.amend_entry(
                entry, changes=entered, reason=reason, submission_id=submission_id, by=request.viewer.person,
                at=request.now,
            )  # fmt: skip
            messages.success(request, "Corrected. The entry before it stays readable in the table.")
            return redirect("sessions:session-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _show(request, session, entry, kind=kind, form=form)


@requires(Permission.SESSION_RECORD)
@require_POST
def withdraw_entry(request: PageRequest, public_id: str, kind: str, entry_id: str) -> HttpResponse:
    """Takes an entry back."""
    session, entry = _found(request, public_id, kind, entry_id)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            actions.withdraw_entry(entry, by=request.viewer.person, at=request.now, **form.cleaned_data)
            messages.success(request, "Taken back. It stays readable in the table.")
            return redirect("sessions:session-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _show(request, session, entry, kind=kind, withdrawal=form)


@requires(Permission.SESSION_RECORD)
@require_POST
def undo_entry(request: PageRequest, public_id: str, kind: str, entry_id: str) -> HttpResponse:
    """Takes back at once what the same person has just recorded."""
    session, entry = _found(request, public_id, kind, entry_id)
    form = SubmissionForm(request.POST)
    if not form.is_valid():
        return _show(request, session, entry, kind=kind)
    try:
        actions.undo_entry(entry, by=request.viewer.person, at=request.now, **form.cleaned_data)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("sessions:entry-detail", public_id, kind, entry_id)
    return redirect("sessions:session-detail", public_id)


@requires(Permission.SESSION_RECORD)
@require_POST
def describe_effect(request: PageRequest, public_id: str, kind: str, entry_id: str) -> HttpResponse:
    """Adds how something observed was felt."""
    session, entry = _found(request, public_id, kind, entry_id)
    form = DescribeForm(request.POST)
    if not isinstance(entry, ObservedEffect) or not form.is_valid():
        return show(request, session, panel="observed", errors=["Say how it was felt."])
    try:
        actions.describe_effect(entry, by=request.viewer.person, at=request.now, **form.cleaned_data)
    except Refused as refusal:
        return show(request, session, panel="observed", errors=[refusal.message])
    waiting = any(effect.valence == "not_asked" for effect in queries.standing(ObservedEffect, session))
    there = reverse("sessions:session-detail", args=[public_id])
    return redirect(f"{there}?panel=observed" if waiting else there)


def _found(request: PageRequest, public_id: str, kind: str, entry_id: str) -> tuple[DosingSession, SessionEntry]:
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    known = KINDS.get(kind)
    entry = queries.entry_of(session, known.model, entry_id) if known else None
    if entry is None:
        raise Http404
    entry.session = session
    return session, entry


def _correction(
    request: PageRequest, session: DosingSession, entry: SessionEntry, *, kind: str, data: Any = None
) -> EntryForm:
    return correction_of(KINDS[kind].build(session, at=request.now, data=data), entry)


def _show(
    request: PageRequest,
    session: DosingSession,
    entry: SessionEntry,
    *,
    kind: str,
    form: EntryForm | None = None,
    withdrawal: WithdrawForm | None = None,
) -> HttpResponse:
    versions = queries.versions_of(entry)
    refused = [each for each in (form, withdrawal) if each is not None]
    amendable = isinstance(entry, actions.AMENDABLE)
    context = {
        "session": session,
        "participant": session.participant,
        "entry": entry,
        "kind": kind,
        "title": KINDS[kind].title,
        "text": words_of(entry),
        "versions": [(each, words_of(each)) for each in versions],
        "stands": versions[-1].pk == entry.pk and not entry.withdrawn,
        "amendable": amendable,
        "correction": form or (_correction(request, session, entry, kind=kind) if amendable else None),
        "withdrawal": withdrawal or WithdrawForm(),
        "form": refused[0] if refused else None,
    }
    return render(request, PAGE, context, status=422 if refused else 200)
