"""People who may take part: the list, one lead, the first questions, the waiting list and the funnel."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.addresses import address_of
from core.clock import local_date
from core.errors import Refused
from core.pages import CountedPaginator
from core.permissions import Permission, requires
from core.prepared import prepared, several, site_keys
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import day
from core.templatetags.vigil import status as status_tag
from patients import actions
from patients.access import lead_for, leads_for
from patients.actions.leads import Attempt, passed_prescreen
from patients.actions.rescreening import version_at
from patients.forms import AttemptForm, CloseLeadForm, LeadForm, LeadReasonForm, PlaceForm, PreScreenForm
from patients.funnel import funnel_of
from patients.identity import IdentityDetails
from patients.models import OPEN_LEADS, ContactAttempt, Lead, LeadState
from protocol.definition import Recruitment
from trials.queries import current_version, definition_of, sites_for

L = LeadState
PER_PAGE = 50
# Several forms stand on one page: each names its fields in its own way.
CLOSE_IDS = "close_%s"
SHAPES = {L.NEW: "due", L.IN_CONTACT: "started", L.WAITING: "waiting", L.CONVERTED: "complete", L.CLOSED: "notdone"}
# Where the column is narrow, and the shape beside it says the rest.
SHORT = {L.WAITING: "Waiting"}
LEAD_ROW = ("pk", "public_id", "number", "state", "source", "heard_on", "next_contact_on",
            "participant__screening_number")  # fmt: skip
FILTERS = [("open", "Open"), *((state.value, str(state.label)) for state in LeadState), ("all", "All")]


@requires(Permission.LEAD_VIEW)
@require_GET
def lead_list(request: PageRequest) -> HttpResponse:
    """Lists leads by code, those first whose next contact is due first."""
    found = leads_for(request.viewer, Permission.LEAD_VIEW)
    wanted, today = request.GET.get("state", "open"), request.now.date()
    counts, due = {}, 0
    at_sites = site_keys(request.viewer.site_ids(Permission.LEAD_VIEW))
    for state, number, due_of_state in _counts(at_sites=at_sites, on=today):
        counts[state], due = number, due + due_of_state
    sums = counts | {"open": sum(counts.get(state, 0) for state in OPEN_LEADS), "all": sum(counts.values())}
    shown = found if wanted == "all" else found.filter(state__in=OPEN_LEADS if wanted == "open" else [wanted])
    ordered = shown.order_by(F("next_contact_on").asc(nulls_last=True), "id").values_list(*LEAD_ROW, named=True)
    page = CountedPaginator(ordered, PER_PAGE, number=sums.get(wanted, 0)).get_page(request.GET.get("page"))
    leads = list(page)
    tried = dict(_attempts(leads=several(lead.pk for lead in leads)))
    sources = _recruitment().sources
    context = {
        "page": page,
        "rows": [_lead_row(lead, sources, tried=tried.get(lead.pk, 0), today=today) for lead in leads],
        "wanted": wanted,
        "chips": [
            {"url": f"?state={key}", "label": label, "count": sums.get(key, 0), "current": key == wanted}
            for key, label in FILTERS
        ],
        "answers": [
            ("Whom must we call?", due, "next contact is due today or was before"),
            ("Who waits for a place?", counts.get(L.WAITING, 0), "on the waiting list"),
            ("Who went into screening?", counts.get(L.CONVERTED, 0), f"{counts.get(L.CLOSED, 0)} closed"),
        ],
    }
    return render(request, "patients/lead_list.html", context)


@prepared
def _counts(at_sites: Any, on: Any) -> QuerySet[Lead, Any]:
    is_due = Q(state__in=OPEN_LEADS, next_contact_on__lte=on)
    found = Lead.objects.filter(site_id__in=at_sites).values_list("state")
    return found.annotate(number=Count("pk"), due=Count("pk", filter=is_due))


@prepared
def _attempts(leads: Any) -> QuerySet[ContactAttempt, Any]:
    return ContactAttempt.objects.filter(lead_id__in=leads).values_list("lead_id").annotate(number=Count("pk"))


def _lead_row(lead: Any, sources: Any, *, tried: int, today: date) -> tuple[Any, ...]:
    """Returns what a row says, ready to be written."""
    state = L(lead.state)
    return (
        status_tag(SHAPES[state], SHORT.get(state, state.label)), lead.number, _word(sources, lead.source),
        day(lead.heard_on), str(tried), _next_words(lead, today=today),
        address_of("patients:lead-detail", lead.public_id),
    )  # fmt: skip


def _next_words(lead: Any, *, today: date) -> str:
    if lead.next_contact_on is None:
        code = lead.participant__screening_number
        return format_html('<span class="muted">{}</span>', f"as {code}" if code else "none")
    if lead.next_contact_on > today:
        return day(lead.next_contact_on)
    if lead.next_contact_on == today:
        return status_tag("due", "Today")
    return status_tag("overdue", day(lead.next_contact_on))


@requires(Permission.LEAD_RECORD)
@require_http_methods(["GET", "POST"])
def lead_add(request: PageRequest) -> HttpResponse:
    """Adds somebody who may take part; tells whether the person is known, never who."""
    sites = sites_for(request.viewer, Permission.LEAD_RECORD)
    today = request.now.date()
    initial = {"heard_on": today, "next_contact_on": today}
    form = LeadForm(request.POST or None, sites=sites, recruitment=_recruitment(), today=today, initial=initial)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        identity = IdentityDetails(**{name: entered[name] for name in ("name", "born_on", "email", "phone")})
        names = ("site", "source", "heard_on", "next_contact_on", "known_already", "submission_id")
        try:
            lead = actions.add_lead(
                identity=identity,
                by=request.viewer.person,
                at=request.now,
                **{name: entered[name] for name in names},
            )
            messages.success(request, f"{lead.number} is recorded.")
            return redirect("patients:lead-detail", lead.public_id)
        except Refused as refusal:
            if refusal.field == "known_already":
                form.ask_whether_the_person_is_known()
            show_refusal(form, refusal)
    return render(request, "patients/lead_add.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.LEAD_VIEW)
@require_GET
def lead_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows what was tried and said with a lead, and what comes next."""
    return _detail(request, lead_for(request.viewer, public_id, Permission.LEAD_VIEW))


@requires(Permission.LEAD_RECORD)
@require_POST
def lead_attempt(request: PageRequest, public_id: str) -> HttpResponse:
    """Records an attempt to reach a lead."""
    lead = lead_for(request.viewer, public_id, Permission.LEAD_RECORD)
    form = AttemptForm(request.POST, zone=lead.site.zone, now=request.now)
    if form.is_valid():
        entered = dict(form.cleaned_data)
        submission_id = entered.pop("submission_id")
        try:
            actions.record_attempt(
                lead, Attempt(**entered), submission_id=submission_id, by=request.viewer.person, at=request.now
            )
            return redirect("patients:lead-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _detail(request, lead, attempt_form=form)


@requires(Permission.LEAD_RECORD)
@require_http_methods(["GET", "POST"])
def lead_prescreen(request: PageRequest, public_id: str) -> HttpResponse:
    """Asks the protocol's first questions."""
    lead = lead_for(request.viewer, public_id, Permission.LEAD_RECORD)
    recruitment = _recruitment_at(lead, request)
    form = PreScreenForm(
        request.POST or None,
        recruitment=recruitment,
        zone=lead.site.zone,
        now=request.now,
        initial={"observed_at": request.now},
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.record_prescreen(
                lead,
                answers=form.answers,
                observed_at=form.cleaned_data["observed_at"],
                submission_id=form.cleaned_data["submission_id"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"First questions: {row.get_result_display().lower()}.")
            return redirect("patients:lead-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"lead": lead, "form": form}
    return render(request, "patients/lead_prescreen.html", context, status=422 if form.errors else 200)


@requires(Permission.LEAD_RECORD)
@require_POST
def lead_wait(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts a lead on the waiting list."""
    return _with_reason(request, public_id, actions.put_on_waiting_list)


@requires(Permission.LEAD_RECORD)
@require_POST
def lead_unwait(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes a lead from the waiting list."""
    return _with_reason(request, public_id, actions.leave_waiting_list)


@requires(Permission.LEAD_RECORD)
@require_POST
def lead_reopen(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes up the contact with a closed lead again."""
    return _with_reason(request, public_id, actions.reopen_lead)


@requires(Permission.LEAD_RECORD)
@require_POST
def lead_close(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends the contact with a lead."""
    lead = lead_for(request.viewer, public_id, Permission.LEAD_RECORD)
    form = CloseLeadForm(request.POST, recruitment=_recruitment_at(lead, request), auto_id=CLOSE_IDS)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.close_lead(
                lead,
                reason=entered["close_reason"],
                note=entered["note"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:lead-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _detail(request, lead, close_form=form)


@requires(Permission.PARTICIPANT_ADD)
@require_POST
def lead_convert(request: PageRequest, public_id: str) -> HttpResponse:
    """Takes a lead into screening; nothing is typed again."""
    lead = lead_for(request.viewer, public_id, Permission.PARTICIPANT_ADD)
    try:
        participant = actions.convert_lead(lead, by=request.viewer.person, at=request.now)
    except Refused as refusal:
        return _detail(request, lead, errors=[refusal.message])
    messages.success(request, f"{lead.number} is in screening as {participant.screening_number}.")
    return redirect("patients:consent", participant.public_id)


@requires(Permission.LEAD_VIEW)
@require_GET
def waiting_list(request: PageRequest) -> HttpResponse:
    """Lists who waits, in order, with the reason."""
    return _waiting(request)


@requires(Permission.LEAD_RECORD)
@require_POST
def waiting_list_move(request: PageRequest, public_id: str) -> HttpResponse:
    """Gives a waiting lead another place, with the reason."""
    lead = lead_for(request.viewer, public_id, Permission.LEAD_RECORD)
    form = PlaceForm(request.POST, auto_id=_ids_of(lead))
    if form.is_valid():
        try:
            actions.move_in_waiting_list(lead, **form.cleaned_data, by=request.viewer.person, at=request.now)
            return redirect("patients:waiting-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return _waiting(request, moved=lead, form=form)


@requires(Permission.LEAD_VIEW, Permission.SCREENING_VIEW)
@require_GET
def recruitment_funnel(request: PageRequest) -> HttpResponse:
    """Shows how many people come how far, and why the others stop; counts alone."""
    viewer = request.viewer
    permission = Permission.LEAD_VIEW if viewer.may(Permission.LEAD_VIEW) else Permission.SCREENING_VIEW
    recruitment = _recruitment()
    funnel = funnel_of(
        viewer.site_ids(permission),
        reasons=recruitment.close_reasons,
        sources=recruitment.sources,
        failures=_failures(),
    )
    by_name = {stage.name: stage for stage in funnel.stages}
    closed = sum(count for _, count, _ in funnel.reasons)
    context = {
        "funnel": funnel,
        "answers": [
            ("How many heard of us?", funnel.total, "leads so far"),
            ("How many came to screening?", by_name["In screening"].count, by_name["In screening"].share),
            ("How many stopped before?", closed, funnel.reasons[0][0] if funnel.reasons else ""),
        ],
    }
    return render(request, "patients/recruitment_funnel.html", context)


def _with_reason(request: PageRequest, public_id: str, action: Callable[..., Lead]) -> HttpResponse:
    lead = lead_for(request.viewer, public_id, Permission.LEAD_RECORD)
    form = LeadReasonForm(request.POST)
    if form.is_valid():
        try:
            action(lead, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now)
            return redirect("patients:lead-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _detail(request, lead, reason_form=form)


def _detail(request: PageRequest, lead: Lead, *, errors: list[str] | None = None, **forms: Any) -> HttpResponse:
    recruitment = _recruitment_at(lead, request)
    questions = {question.code: question for question in recruitment.questions}
    prescreens = [
        (row, [questions[code].text if code in questions else code for code in row.against])
        for row in lead.prescreens.select_related("recorded_by").order_by("-observed_at", "-id")
    ]
    attempts = list(lead.attempts.select_related("recorded_by").order_by("-attempted_at", "-id"))
    today = local_date(request.now, zone=lead.site.zone)
    passed = bool(prescreens) and passed_prescreen(lead)
    may_record = request.viewer.may(Permission.LEAD_RECORD, site_id=lead.site_id)
    context = {
        "lead": lead,
        "shape": SHAPES[L(lead.state)],
        "source": _word(recruitment.sources, lead.source),
        "close_reason": _word(recruitment.close_reasons, lead.close_reason),
        "attempts": attempts,
        "prescreens": prescreens,
        "passed": passed,
        "is_open": lead.state in OPEN_LEADS,
        "may_record": may_record,
        "errors": errors or [],
        "attempt_form": AttemptForm(zone=lead.site.zone, now=request.now, initial={"attempted_at": request.now}),
        "close_form": CloseLeadForm(recruitment=recruitment, auto_id=CLOSE_IDS),
        "reason_form": LeadReasonForm(),
        "answers": [
            ("Where does it stand?", lead.get_state_display(), _word(recruitment.close_reasons, lead.close_reason)),
            ("When is the next contact?", _next_contact(lead, today), f"{len(attempts)} tried so far"),
            ("First questions?", prescreens[0][0].get_result_display() if prescreens else "Not asked", ""),
        ],
    } | forms
    wrong = errors or any(getattr(form, "errors", None) for form in forms.values())
    context["form"] = next(iter(forms.values()), None)
    return render(request, "patients/lead_detail.html", context, status=422 if wrong else 200)


def _waiting(request: PageRequest, *, moved: Lead | None = None, form: PlaceForm | None = None) -> HttpResponse:
    found = leads_for(request.viewer, Permission.LEAD_VIEW).filter(state=L.WAITING)
    place = Window(RowNumber(), partition_by=[F("site_id")], order_by=[F("waiting_rank").asc(), F("id").asc()])
    ordered = found.annotate(place=place).order_by("site__code", "waiting_rank", "id")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        (lead, form if moved is not None and moved.pk == lead.pk else PlaceForm(auto_id=_ids_of(lead))) for lead in page
    ]
    context = {
        "rows": rows,
        "page": page,
        "form": form,
        "moved": moved,
        "may_record": request.viewer.may(Permission.LEAD_RECORD),
        "answers": [("Who waits?", page.paginator.count, "in the order in which places are offered")],
    }
    return render(request, "patients/waiting_list.html", context, status=422 if form is not None else 200)


def _ids_of(lead: Lead) -> str:
    return f"{lead.public_id}_%s"


def _next_contact(lead: Lead, today: Any) -> str:
    if lead.next_contact_on is None:
        return "None planned"
    late = (today - lead.next_contact_on).days
    return f"{lead.next_contact_on:%-d %b %Y}" + (f", {late} d late" if late > 0 else "")


def _recruitment_at(lead: Lead, request: PageRequest) -> Recruitment:
    return definition_of(version_at(lead.site, on=local_date(request.now, zone=lead.site.zone))).recruitment


def _failures() -> dict[str, str]:
    """Returns the sentence of each criterion, and of each other reason for which screening fails."""
    version = current_version()
    if version is None:
        return {}
    definition = definition_of(version)
    criteria = {rule.code: f"{rule.code} {rule.text}" for rule in (*definition.inclusion, *definition.exclusion)}
    return {**definition.screening.failure_reasons, **criteria}


def _recruitment() -> Recruitment:
    version = current_version()
    if version is None:
        return Recruitment({}, (), {}, None)
    return definition_of(version).recruitment


def _word(words: Any, code: str) -> str:
    return str(words.get(code, code))
