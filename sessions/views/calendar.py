"""Calendars: one's own page and its feed, who is away and who covers, and the time of an interview."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import contributions
from core.calendar_entries import Entry, as_feed
from core.clock import local_date
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import Permission, Viewer, public, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import visit_for
from patients.queries import definition_for
from sessions import actions, calendar, queries
from sessions.access import absence_of, booking_for
from sessions.forms import AbsenceForm, AwayForm, CoverForm, HoursForm, InterviewForm
from sessions.models import Booking
from trials.queries import sites_for

OWN = "sessions/calendar_own.html"


@public
@require_GET
def calendar_feed(request: HttpRequest, key: str) -> HttpResponse:
    """Returns somebody's calendar to whoever has its secret address."""
    feed = calendar.feed_with(key)
    if feed is None:
        raise Http404
    at = contributions.assume(feed.person)
    if not Viewer.at(feed.person, at).memberships:
        raise Http404
    entries = calendar.entries_of(feed.person, at=at)
    answer = HttpResponse(as_feed(entries, zone=feed.person.zone), content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return answer


@requires(Permission.WORKLIST_VIEW)
@require_http_methods(["GET", "POST"])
def calendar_own(request: PageRequest) -> HttpResponse:
    """Shows what somebody is booked for, and keeps the own hours, days away and the address of the feed."""
    person, today = request.viewer.person, _today(request)
    named = calendar.working_days([person]).get(person.pk, {})
    doing = request.POST.get("do", "") if request.method == "POST" else ""
    hours = HoursForm(request.POST if doing == "hours" else None, named=named)
    away = AbsenceForm(request.POST if doing == "away" else None, today=today)
    steps: dict[str, Callable[[], HttpResponse | None]] = {
        "address": lambda: _made(request, hours, away),
        "revoke": lambda: _said(request, actions.revoke_address(by=person, at=request.now), "The address is revoked."),
        "hours": lambda: _keep_hours(request, hours),
        "away": lambda: _keep_absence(request, away, person),
        "back": lambda: _come_back(request),
    }
    if doing:
        answer = steps.get(doing, lambda: None)()
        if answer is not None:
            return answer
    return _own_page(request, hours, away, status=422 if doing else 200)


@requires(Permission.VISIT_MANAGE)
@require_http_methods(["GET", "POST"])
def cover_list(request: PageRequest) -> HttpResponse:
    """Shows the bookings of people who will be away, each with who may cover, and records that somebody is away."""
    sites = list(sites_for(request.viewer, Permission.VISIT_MANAGE))
    people, today = calendar.staff_of(sites, at=request.now), _today(request)
    form = AwayForm(request.POST if request.method == "POST" else None, people=people, today=today)
    if request.method == "POST" and form.is_valid():
        answer = _keep_absence(request, form, form.cleaned_data["person"])
        if answer is not None:
            return redirect("sessions:cover-list")
    return _covers(request, form, list(people), status=422 if form.errors else 200)


@requires(Permission.VISIT_MANAGE)
@require_POST
def cover_take(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives a booking of somebody who is away to somebody else."""
    booking = booking_for(request.viewer, public_id, Permission.VISIT_MANAGE)
    form = CoverForm(request.POST, people=calendar.covers_for(booking))
    if form.is_valid():
        other = form.cleaned_data["person"]
        try:
            actions.cover_booking(booking, person=other, by=request.viewer.person, at=request.now)
            messages.success(request, f"{other.display_name} covers.")
            return redirect("sessions:cover-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    people = list(calendar.staff_of(sites_for(request.viewer, Permission.VISIT_MANAGE), at=request.now))
    away = AwayForm(people=Person.objects.filter(pk__in=[each.pk for each in people]), today=_today(request))
    return _covers(request, away, people, refused=(booking, form), status=422)


@requires(Permission.RATING_BOOK)
@require_http_methods(["GET", "POST"])
def interview_book(request: PageRequest, public_id: str) -> HttpResponse:
    """Holds the rater who was drawn for a visit at the time of the interview."""
    visit = visit_for(request.viewer, public_id, Permission.RATING_BOOK)
    rules = definition_for(visit.participant).booking
    held = next((each for each in queries.bookings_of(visit) if each.duty == calendar.RATER_DUTY), None)
    begins = held.starts_at if held else visit.booked_at
    form = InterviewForm(request.POST or None, zone=visit.site.zone, initial={"starts_at": begins})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.book_interview(visit, starts_at=form.cleaned_data["starts_at"], by=request.viewer.person)
            messages.success(request, "The rater is booked.")
            return redirect("sessions:interview-book", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
    context = {"visit": visit, "participant": visit.participant, "form": form, "held": held, "rules": rules}
    return render(request, "sessions/interview_book.html", context, status=422 if form.errors else status)


def _keep_hours(request: PageRequest, form: HoursForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        actions.keep_hours(form.hours, by=request.viewer.person, at=request.now)
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    return _said(request, None, "Your hours are kept.")


def _keep_absence(request: PageRequest, form: AbsenceForm, person: Person) -> HttpResponse | None:
    if not form.is_valid():
        return None
    days = {name: form.cleaned_data[name] for name in ("starts_on", "ends_on")}
    try:
        actions.record_absence(person, **days, by=request.viewer.person, at=request.now)
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    return _said(request, None, "The days away are kept. What was booked stays until somebody covers it.")


def _come_back(request: PageRequest) -> HttpResponse:
    absence = absence_of(request.viewer, request.POST.get("absence", ""))
    actions.withdraw_absence(absence, by=request.viewer.person, at=request.now)
    return _said(request, None, "You are there after all.")


def _made(request: PageRequest, hours: HoursForm, away: AbsenceForm) -> HttpResponse:
    key = actions.make_address(by=request.viewer.person, at=request.now)
    address = request.build_absolute_uri(reverse("sessions:calendar-feed", args=[key]))
    return _own_page(request, hours, away, address=address)


def _said(request: PageRequest, done: Any, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("sessions:calendar-own")


def _today(request: PageRequest) -> date:
    return local_date(request.now, zone=request.viewer.person.zone)


def _own_page(
    request: PageRequest, hours: HoursForm, away: AbsenceForm, *, address: str = "", status: int = 200
) -> HttpResponse:
    person = request.viewer.person
    entries = calendar.entries_of(person, at=request.now)
    to_come = [each for each in entries if (each.ends_at or each.starts_at) > request.now]
    standing = [each for each in to_come if not each.cancelled]
    days_away, feed = calendar.absences_of(person, on=_today(request)), calendar.feed_of(person)
    context = {
        "entries": to_come,
        "hours": hours,
        "away": away,
        "days_away": days_away,
        "address": address,
        "feed": feed,
        "own_zone": person.zone,
        "answers": [
            ("What comes next?", *_next(standing[0] if standing else None, zone=person.zone, now=request.now)),
            (
                "When are you away?",
                f"{days_away[0].starts_on:%-d %b}" if days_away else "No day named",
                _spans(len(days_away)),
            ),
            ("Who reads your calendar?", "Whoever has its address" if feed else "Nobody else", ""),
        ],
    }
    return render(request, OWN, context, status=status)


def _next(entry: Entry | None, *, zone: str, now: datetime) -> tuple[str, str]:
    if entry is None:
        return "Nothing booked", ""
    begins = f"{entry.starts_at.astimezone(ZoneInfo(zone)):%-d %b, %H:%M}"
    return begins, f"{entry.summary}, under way" if entry.starts_at <= now else entry.summary


def _spans(number: int) -> str:
    return f"the first of {number} spans of days" if number > 1 else ""


def _covers(
    request: PageRequest,
    form: AwayForm,
    people: list[Person],
    *,
    refused: tuple[Booking, CoverForm] | None = None,
    status: int,
) -> HttpResponse:
    rows = calendar.cover_rows(request.viewer, at=request.now)
    absent = list(
        calendar.absences(on=_today(request), until=date.max)
        .filter(person__in=people)
        .select_related("person")
        .order_by("starts_on", "id")
    )
    open_ones = [row for row in rows if not row.able]
    context = {
        "rows": rows,
        "absent": absent,
        "form": form,
        "refused": refused,
        "answers": [
            ("What needs cover?", len(rows) or "Nothing", "bookings of people who will be away"),
            ("Who is away?", len({each.person_id for each in absent}) or "Nobody", "from today on"),
            ("Where can nobody cover?", len(open_ones) or "Nowhere", "the visit must move"),
        ],
    }
    return render(request, "sessions/cover_list.html", context, status=status)
