"""The note of an integration session: written as a draft that saves itself, reviewed and signed as a whole."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.errors import Conflict, Refused
from core.form_rendering import in_words
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import content_digest
from integration import actions, queries
from integration.access import session_for
from integration.forms import NoteForm, RiskForm, SignForm
from integration.models import IntegrationNote
from integration.note_page import compared_rows, note_answers, note_sections
from integration.suicidality import risk_items, risk_procedure
from patients.queries import definition_for

if TYPE_CHECKING:
    from patients.models import Visit


@requires(Permission.NOTE_VIEW)
def note_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the note to be written; one that is signed is shown for reading, unless it is to be changed."""
    visit = session_for(request.viewer, public_id, Permission.NOTE_VIEW)
    note = queries.note_of(visit)
    may_write = request.viewer.may(Permission.NOTE_WRITE, site_id=visit.site_id)
    signed = note is not None and bool(queries.signers_by_note([note.pk]))
    if not may_write or (signed and request.method == "GET" and "change" not in request.GET):
        return redirect("integration:note-review", public_id)
    if request.method == "POST":
        return _save(request, visit, note, signed=signed)
    return _show_note(request, visit, note, _note_form(request, visit, note, signed=signed))


@require_POST
@requires(Permission.NOTE_WRITE)
def risk_record(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes down the suicidality answers of the session."""
    visit = session_for(request.viewer, public_id, Permission.NOTE_WRITE)
    form = _risk_form(visit, data=request.POST)
    if form.is_valid():
        try:
            actions.record_risk(
                visit,
                answers=form.answers,
                judged_unsafe=form.cleaned_data["judged_unsafe"],
                submission_id=form.cleaned_data["submission_id"],
                reason=form.cleaned_data.get("reason", ""),
                by=request.viewer.person,
                at=request.now,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Suicidality answers recorded.")
            return redirect("integration:note-detail", public_id)
    note = queries.note_of(visit)
    note_form = _note_form(request, visit, note, signed=False, unbound=True)
    return _show_note(request, visit, note, note_form, risk_form=form, status=422)


@requires(Permission.NOTE_VIEW)
def note_review(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the whole note on one page, with its signatures, and takes the signature of who was present."""
    visit = session_for(request.viewer, public_id, Permission.NOTE_VIEW)
    note = queries.note_of(visit)
    if note is None:
        return render(request, "integration/note_none.html", {"visit": visit})
    note.visit, note.participant = visit, visit.participant
    form = SignForm(request.POST or None, initial={"shown_digest": content_digest(note)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_note(note, by=request.viewer.person, at=request.now, **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Signed.")
            return redirect("integration:note-review", public_id)
    return _show_review(request, visit, note, form)


def _save(request: PageRequest, visit: "Visit", note: IntegrationNote | None, *, signed: bool) -> HttpResponse:
    form = _note_form(request, visit, note, signed=signed)
    if not form.is_valid():
        return _refused(request, visit, note, form)
    try:
        kept = actions.write_note(
            visit,
            fields=form.note_fields,
            seen_version=form.cleaned_data["seen_version"] or 0,
            reason=form.cleaned_data.get("reason", ""),
            by=request.viewer.person,
            at=request.now,
        )
    except Conflict:
        return _show_conflict(request, visit, form)
    except Refused as refusal:
        show_refusal(form, refusal)
        return _refused(request, visit, note, form)
    if _is_fragment(request):
        return render(request, "integration/_note_saved.html", {"version": kept.version, "saved_at": request.now})
    if "review" in request.POST:
        return redirect("integration:note-review", visit.public_id)
    messages.success(request, "Draft saved.")
    return redirect("integration:note-detail", visit.public_id)


def _refused(request: PageRequest, visit: "Visit", note: IntegrationNote | None, form: NoteForm) -> HttpResponse:
    if _is_fragment(request):
        first = in_words(next(iter(form.errors.as_data().values()))[0])
        context = {"version": form["seen_version"].value(), "trouble": f"Not saved yet. {first}"}
        return render(request, "integration/_note_saved.html", context, status=422)
    return _show_note(request, visit, note, form, status=422)


def _show_conflict(request: PageRequest, visit: "Visit", form: NoteForm) -> HttpResponse:
    theirs = queries.note_of(visit)
    assert theirs is not None
    author = queries.last_writer(theirs)
    if _is_fragment(request):
        trouble = f"{author} changed this note meanwhile. Your text stays here; press Save to compare the two."
        context = {"version": form["seen_version"].value(), "trouble": trouble}
        return render(request, "integration/_note_saved.html", context, status=422)
    # What was typed is kept in the form; saving it again now means that both were seen.
    data = request.POST.copy()
    data["seen_version"] = str(theirs.version)
    signed = bool(queries.signers_by_note([theirs.pk]))
    again = _note_form(request, visit, theirs, signed=signed, data=data)
    rows = compared_rows(theirs, form.note_fields, zone=visit.site.zone)
    return _show_note(request, visit, theirs, again, conflict={"rows": rows, "who": author}, status=409)


def _note_form(
    request: PageRequest,
    visit: "Visit",
    note: IntegrationNote | None,
    *,
    signed: bool,
    data: Any = None,
    unbound: bool = False,
) -> NoteForm:
    person, earlier = request.viewer.person, queries.earlier_note(visit)
    held_at = note.held_at if note else visit.started_at or visit.booked_at or request.now
    therapists = list(queries.therapists_for(visit, at=held_at))
    suggested = tuple(theme["name"] for theme in earlier.themes) if earlier and note is None else ()
    agreed = earlier.agreed_practices if earlier else ()
    if note is not None:
        present = note.attendances.filter(present=True).values_list("person_id", flat=True)
        initial = NoteForm.initial_of(note, present=present, agreed=agreed)
    else:
        initial = {"held_at": min(held_at, request.now), "place": "site", "attendance": "whole", "seen_version": 0}
        initial["present"] = [person.pk] if person in therapists else []
        initial |= {f"theme_{index}": name for index, name in enumerate(suggested)}
    bound = None if unbound or request.method != "POST" else data if data is not None else request.POST
    return NoteForm(
        bound,
        initial=initial,
        zone=visit.site.zone,
        now=request.now,
        therapists=therapists,
        therapy=definition_for(visit.participant).aftercare.integration,
        visit_code=visit.code,
        suggested=suggested,
        agreed=agreed,
        needs_reason=signed,
    )


def _risk_form(visit: "Visit", *, data: Any = None) -> RiskForm:
    definition = definition_for(visit.participant)
    procedure = risk_procedure(definition, visit.code)
    items = risk_items(definition, procedure) if procedure else ()
    return RiskForm(data, items=items, needs_reason=queries.latest_screen(visit) is not None)


def _show_note(
    request: PageRequest,
    visit: "Visit",
    note: IntegrationNote | None,
    form: NoteForm,
    *,
    risk_form: RiskForm | None = None,
    conflict: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    screen, earlier = queries.latest_screen(visit), queries.earlier_note(visit)
    rules = queries.rules_met(visit, screen)
    asks = risk_form is not None or screen is None or "correct" in request.GET
    context = {
        "visit": visit,
        "participant": visit.participant,
        "note": note,
        "form": form,
        "screen": screen,
        "rules": rules,
        "risk_form": (risk_form or _risk_form(visit)) if asks else None,
        "earlier": earlier,
        "conflict": conflict,
        "lateness": queries.lateness_of(visit, note, now=request.now),
        "answers": note_answers(visit, note, earlier, screen, rules=rules),
    }
    return render(request, "integration/note_detail.html", context, status=status)


def _show_review(request: PageRequest, visit: "Visit", note: IntegrationNote, form: SignForm) -> HttpResponse:
    person, screen, earlier = request.viewer.person, queries.latest_screen(visit), queries.earlier_note(visit)
    rules = queries.rules_met(visit, screen)
    definition = definition_for(visit.participant)
    standing = queries.standing_of(note, needed=queries.therapists_needed(definition, visit.code))
    missing = queries.missing_parts(note, standing, screen=screen)
    may_write = request.viewer.may(Permission.NOTE_WRITE, site_id=visit.site_id)
    context = {
        "visit": visit,
        "participant": visit.participant,
        "note": note,
        "form": form,
        "screen": screen,
        "rules": rules,
        "standing": standing,
        "missing": missing,
        "may_write": may_write,
        "may_sign": may_write and person in standing.missing,
        "signatures": queries.all_signatures(note),
        "sections": note_sections(note, standing, therapy=definition.aftercare.integration, zone=visit.site.zone),
        "open_procedures": queries.open_procedures(visit),
        "lateness": queries.lateness_of(visit, note, now=request.now),
        "answers": note_answers(visit, note, earlier, screen, rules=rules),
    }
    return render(request, "integration/note_review.html", context, status=422 if form.errors else 200)


def _is_fragment(request: PageRequest) -> bool:
    return "HX-Request" in request.headers
