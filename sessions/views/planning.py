"""Before the day: the rehearsal of the gate, the room and the people that are held, and the rooms of the site."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import local_date
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import weekday
from patients.access import visit_for
from patients.queries import definition_for, recorded_for
from sessions import actions, papers, queries
from sessions.access import sessions_for
from sessions.forms import DayForm, RoomForm
from sessions.models import Booking, SessionState
from sessions.safety_strip import latest_preparation, strip_of
from trials.queries import sites_for

if TYPE_CHECKING:
    from patients.models import Visit

People = dict[str, list[Person]]
# Before the first set and after the last one there is a room to set up and to leave.
SET_UP, LEAVE = timedelta(hours=1), timedelta(hours=2)


@requires(Permission.SESSION_VIEW)
@require_http_methods(["GET", "POST"])
def session_prepare(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what a session needs before it is opened, and opens it."""
    visit = visit_for(request.viewer, public_id, Permission.SESSION_VIEW)
    known = sessions_for(request.viewer, Permission.SESSION_VIEW).filter(visit=visit).first()
    if known is not None and known.state != SessionState.ABANDONED:
        return redirect("sessions:session-detail", known.public_id)
    errors: list[str] = []
    status = 200
    if request.method == "POST" and not request.viewer.may(Permission.SESSION_RECORD, site_id=visit.site_id):
        raise Http404
    if request.method == "POST":
        try:
            session = actions.open_session(visit, by=request.viewer.person, at=request.now)
            return redirect("sessions:session-detail", session.public_id)
        except Refused as refusal:
            errors, status = [refusal.message], 409 if isinstance(refusal, Conflict) else 422
    return _show(request, visit, errors=errors, status=status)


@requires(Permission.VISIT_MANAGE)
@require_POST
def book_day(request: PageRequest, public_id: str) -> HttpResponse:
    """Holds room and people for the day; a clash is told in a sentence, and nothing is booked."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_MANAGE)
    people = queries.people_for(visit, at=visit.booked_at or request.now)
    form = _day_form(request, visit, held=queries.bookings_of(visit), people=people, data=request.POST)
    if not form.is_valid():
        return _show(request, visit, form=form, status=422)
    starts_at, ends_at = form.span
    try:
        actions.book_day(
            visit, room=form.cleaned_data["room"], people=form.people, starts_at=starts_at, ends_at=ends_at,
            night=form.night, by=request.viewer.person,
        )  # fmt: skip
    except Refused as refusal:
        refusal.field = form.field_of(refusal.message) if refusal.field == "person" else refusal.field
        show_refusal(form, refusal)
        return _show(request, visit, form=form, status=409 if isinstance(refusal, Conflict) else 422)
    messages.success(request, "Booked.")
    return redirect("sessions:session-prepare", public_id)


@requires(Permission.SESSION_VIEW)
@require_GET
def flow_sheet(request: PageRequest, public_id: str) -> HttpResponse:
    """Returns the flow sheet of a dosing visit on paper, with the way back to the entry screen."""
    visit = visit_for(request.viewer, public_id, Permission.SESSION_VIEW)
    if definition_for(visit.participant).visits_by_code[visit.code].dosing_session is None:
        raise Http404
    address = request.build_absolute_uri(reverse("sessions:session-prepare", args=[public_id]))
    sheet = papers.flow_sheet(visit, address=address, printed_by=request.viewer.person.display_name, at=request.now)
    return _pdf(sheet, f"flow-sheet-{visit.public_id}.pdf")


@requires(Permission.SESSION_VIEW)
@require_GET
def crf_pack(request: PageRequest, public_id: str) -> HttpResponse:
    """Returns the blank forms of a visit on paper."""
    visit = visit_for(request.viewer, public_id, Permission.SESSION_VIEW)
    if visit.code not in definition_for(visit.participant).visits_by_code:
        raise Http404
    address = request.build_absolute_uri(reverse("patients:visit-detail", args=[public_id]))
    pack = papers.crf_pack(visit, address=address, printed_by=request.viewer.person.display_name, at=request.now)
    return _pdf(pack, f"forms-{visit.public_id}.pdf")


def _pdf(document: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(document, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@requires(Permission.VISIT_MANAGE)
@require_http_methods(["GET", "POST"])
def room_list(request: PageRequest) -> HttpResponse:
    """Shows the rooms of the person's sites with what is held in them, and adds one."""
    sites = list(sites_for(request.viewer, Permission.VISIT_MANAGE))
    form = RoomForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and sites:
        try:
            actions.add_room(sites[0], name=form.cleaned_data["name"], by=request.viewer.person)
            messages.success(request, "Room added.")
            return redirect("sessions:room-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    held = queries.rooms_with_bookings({site.pk for site in sites}, at=request.now)
    context = {
        "rooms": held,
        "form": form,
        "answers": [
            ("How many rooms?", str(len(held)), "in use"),
            ("What is held?", str(sum(len(row.bookings) for row in held)), "from today on"),
            ("Twice at once?", "Never", "the database refuses it"),
        ],
    }
    return render(request, "sessions/room_list.html", context, status=422 if form.errors else 200)


def _day_form(
    request: PageRequest, visit: "Visit", *, held: list[Booking], people: People, data: Any = None
) -> DayForm:
    planned = definition_for(visit.participant).visits_by_code[visit.code]
    day = visit.booked_at or request.now
    initial: dict[str, Any] = {
        "starts_at": day - SET_UP,
        "ends_at": day + timedelta(minutes=planned.duration_min) + LEAVE,
    }
    ends_at = day + timedelta(minutes=planned.duration_min)
    rules = definition_for(visit.participant).booking
    morning = rules.morning_after(local_date(day, zone=visit.site.zone), zone=visit.site.zone)
    initial |= {"night_starts_at": ends_at, "night_ends_at": morning}
    therapists = [booking.person_id for booking in held if booking.duty == queries.THERAPIST]
    initial |= dict(zip(("first", "second"), therapists, strict=False))
    for booking in held:
        if booking.duty == queries.ATTENDANT:
            night = {"night_starts_at": booking.starts_at, "night_ends_at": booking.ends_at}
            initial |= {"attendant": booking.person_id, **night}
            continue
        initial |= {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
        if booking.room_id:
            initial["room"] = booking.room_id
    return DayForm(
        data,
        rooms=queries.rooms_of(visit.site_id),
        therapists=people[queries.THERAPIST],
        attendants=people[queries.ATTENDANT],
        overnight=planned.overnight,
        zone=visit.site.zone,
        initial=initial,
    )


def _show(
    request: PageRequest,
    visit: "Visit",
    *,
    form: DayForm | None = None,
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    definition = definition_for(visit.participant)
    held = queries.bookings_of(visit)
    people = queries.people_for(visit, at=visit.booked_at or request.now)
    may_book = request.viewer.may(Permission.VISIT_MANAGE, site_id=visit.site_id)
    if may_book and form is None:
        form = _day_form(request, visit, held=held, people=people)
    recorded = recorded_for(visit.participant, visit_code=visit.code)
    gate = actions.rehearse_gate(visit, recorded=recorded, at=request.now)
    unknown = sum(verdict.holds is None for verdict in gate.judgement.verdicts)
    strip = strip_of(
        definition,
        preparation=latest_preparation(visit.participant_id),
        consent=recorded.consent.standing,
        facts=recorded.facts,
        touches=(),
        drinks=(),
        physicians=people[queries.PHYSICIAN],
        at=request.now,
    )
    context = {
        "visit": visit,
        "participant": visit.participant,
        "kit": gate.kit,
        "gate": gate,
        "strip": strip,
        "checklist": definition.conduct.checklist,
        "bookings": held,
        "form": form,
        "errors": errors,
        "may_open": request.viewer.may(Permission.SESSION_RECORD, site_id=visit.site_id),
        "may_book": may_book,
        "answers": [
            ("Would the gate open now?", "Yes" if gate.open else "No", f"{len(gate.obstacles)} in the way"),
            ("What is not known yet?", str(unknown), "conditions of the protocol"),
            ("When?", weekday(visit.booked_at, visit.site.zone) if visit.booked_at else "Not booked", visit.site.name),
        ],
    }
    return render(request, "sessions/session_prepare.html", context, status=status)
