"""Pages that a participant reads on the own telephone, without an account."""

from typing import Any, cast
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from core.clock import local_date
from core.errors import Refused
from core.permissions import public
from patients.queries import definition_for, may_contact
from portal import actions, queries
from portal.forms import CHANNELS, CodeForm, ContactForm, DiaryForm, LineForm
from portal.stays import KEY, PLACE, Own, begin_writing, keep_choice, keep_key, own_page, show, words_of


@public
def code_enter(request: HttpRequest, token: str) -> HttpResponse:
    """Asks for the code; what does not open says the same whatever the cause."""
    words = words_of(request)
    form = CodeForm(request.POST or None)
    trouble = ""
    if request.method == "POST":
        by, at = begin_writing()
        source = request.META.get("REMOTE_ADDR", "")
        code = form.cleaned_data["code"] if form.is_valid() else ""
        # A press on the empty box is no attempt: five of them would end the link.
        key = actions.open_pages(token, code=code, source=source, by=by, at=at) if code else None
        if key is not None:
            answer = redirect("portal:home")
            keep_key(answer, key)
            return answer
        trouble = words["code_wait"] if queries.must_wait(source, at=at) else words["code_wrong"]
    # What was typed is not told back: the page reads the same whatever did not fit.
    context = {"form": CodeForm(), "trouble": trouble}
    return show(request, "portal/code.html", context, words=words, status=422 if trouble else 200)


@own_page
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Shows what waits, the next appointments and the way to every other page."""
    own = _own(request)
    access = queries.access_of(own.participant)
    paused = access is not None and access.paused_at is not None
    forms = [] if paused else queries.forms_of(own.participant)
    counts = queries.answered_in(forms)
    context = {
        "forms": [(form, counts.get(form.pk, 0), number) for number, form in enumerate(forms, start=1)],
        "paused": paused,
        "appointments": _appointments(own),
        "zone": own.participant.site.zone,
    }
    return show(request, "portal/home.html", context, words=own.words)


@own_page
def diary(request: HttpRequest) -> HttpResponse:
    """Takes a page of the diary and shows the latest ones."""
    own = _own(request)
    today = local_date(own.at, zone=own.participant.site.zone)
    form = DiaryForm(request.POST or None, words=own.words, today=today, initial={"submission_id": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_diary(own.participant, **form.cleaned_data, by=own.by, at=own.at)
        except Refused as refusal:
            form.add_error(refusal.field, own.words[refusal.message])
        else:
            return redirect(f"{request.path}?kept")
    return _form_page(request, "portal/diary.html", form, entries=queries.diary_of(own.participant))


@own_page
def contact(request: HttpRequest) -> HttpResponse:
    """Takes by which ways the participant may be reached."""
    own = _own(request)
    now = {channel: may_contact(own.participant.pk, channel=channel) for channel in CHANNELS}
    form = ContactForm(request.POST or None, words=own.words, initial=now)
    if request.method == "POST" and form.is_valid():
        actions.choose_contact(own.participant, channels=form.cleaned_data, by=own.by, at=own.at)
        return redirect(f"{request.path}?kept")
    return _form_page(request, "portal/contact.html", form)


@own_page
def line(request: HttpRequest) -> HttpResponse:
    """Takes what is said past the site, and shows what became of what was sent."""
    own = _own(request)
    form = LineForm(request.POST or None, words=own.words, initial={"submission_id": uuid4()})
    if request.method == "POST" and form.is_valid():
        actions.send_report(own.participant, **form.cleaned_data, by=own.by, at=own.at)
        return redirect(f"{request.path}?kept")
    hours = definition_for(own.participant).aftercare.own_pages.acknowledge_within_hours
    reports = [(own.words[f"line_{each.kind}"], each) for each in queries.reports_by(own.participant)]
    return _form_page(
        request, "portal/line.html", form, within=own.words["line_within"].format(hours=hours), reports=reports
    )


@own_page
@require_GET
def preparation(request: HttpRequest) -> HttpResponse:
    """Shows how to prepare for the day at the centre."""
    own = _own(request)
    language = next(part for part in (request.COOKIES.get("own_language"), own.participant.language, "en") if part)
    lines = queries.preparation_of(own.participant, language=language)
    return show(request, "portal/preparation.html", {"lines": lines}, words=own.words)


@own_page
def pause(request: HttpRequest) -> HttpResponse:
    """Begins or ends a pause."""
    own = _own(request)
    access = queries.access_of(own.participant)
    paused = access is not None and access.paused_at is not None
    if request.method == "POST":
        if "pause" in request.POST:
            actions.pause(own.participant, by=own.by, at=own.at)
        else:
            actions.go_on(own.participant, by=own.by)
        return redirect("portal:home")
    return show(request, "portal/pause.html", {"paused": paused}, words=own.words)


@own_page
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Ends the stay."""
    own = _own(request)
    actions.leave(own.stay, by=own.by, at=own.at)
    answer = show(request, "portal/ended.html", {}, words=own.words)
    answer.delete_cookie(KEY, path=PLACE)
    return answer


@public
@require_POST
def choice_keep(request: HttpRequest) -> HttpResponse:
    """Keeps the language and the size of the text."""
    return keep_choice(request)


def _own(request: HttpRequest) -> Own:
    return cast(Own, request.own)  # type: ignore[attr-defined]


def _appointments(own: Own) -> list[tuple[str, Any]]:
    words = own.words
    booked = queries.appointments_of(own.participant, at=own.at)
    return [(words.get(f"kind_{visit.kind}", words["kind_unscheduled"]), visit) for visit in booked]


def _form_page(request: HttpRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    shown = {"form": form, "kept": "kept" in request.GET, **context}
    return show(request, template, shown, words=_own(request).words, status=422 if form.errors else 200)
