"""Adding a participant, the list of people in screening."""

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions
from patients.access import participants_for
from patients.completeness import completeness_of
from patients.forms import ParticipantForm
from patients.identity import IdentityDetails
from patients.models import ParticipantStatus
from trials.queries import sites_for

S = ParticipantStatus
OPEN = (S.CONTACTED, S.SCREENING, S.ENROLLED)
PER_PAGE = 50
NEXT_STEPS = {S.CONTACTED: "Consent", S.SCREENING: "Eligibility", S.ENROLLED: "Randomisation"}


@requires(Permission.SCREENING_VIEW)
@require_GET
def screening_list(request: PageRequest) -> HttpResponse:
    """Lists everybody before randomisation, with the step that comes next."""
    found = participants_for(request.viewer, Permission.SCREENING_VIEW)
    counts = dict(found.order_by().values_list("status").annotate(Count("pk")))
    people = found.filter(status__in=OPEN).order_by("-first_contact_on", "-id")
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    records = completeness_of(shown, at=request.now)
    rows = [(person, NEXT_STEPS[S(person.status)], records.get(person.pk)) for person in shown]
    failed = counts.get(S.SCREEN_FAILED, 0)
    answers = [
        ("Who waits for consent?", counts.get(S.CONTACTED, 0), "first contact made"),
        ("Who is being screened?", counts.get(S.SCREENING, 0), "until the investigator has signed"),
        ("Who can be randomised?", counts.get(S.ENROLLED, 0), f"{failed} screen failures so far"),
    ]
    return render(request, "patients/screening_list.html", {"rows": rows, "page": page, "answers": answers})


@requires(Permission.PARTICIPANT_ADD)
@require_http_methods(["GET", "POST"])
def participant_add(request: PageRequest) -> HttpResponse:
    """Adds a person at first contact."""
    sites = sites_for(request.viewer, Permission.PARTICIPANT_ADD)
    form = ParticipantForm(request.POST or None, sites=sites, today=request.now.date())
    if request.method == "POST" and form.is_valid():
        entered = dict(form.cleaned_data)
        site, contacted_on = entered.pop("site"), entered.pop("first_contact_on")
        comes_again = entered.pop("comes_again")
        try:
            participant = actions.add_participant(
                site=site,
                identity=IdentityDetails(**entered),
                first_contact_on=contacted_on,
                comes_again=comes_again,
                by=request.viewer.person,
                at=request.now,
            )
            return redirect("patients:consent", participant.public_id)
        except Refused as refusal:
            if refusal.field == "comes_again":
                form.ask_whether_the_person_comes_again()
            show_refusal(form, refusal)
    status = 422 if form.errors else 200
    return render(request, "patients/participant_add.html", {"form": form}, status=status)
