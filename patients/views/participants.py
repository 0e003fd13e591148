"""Adding a participant, the list of people in screening."""

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.addresses import address_of
from core.errors import Refused
from core.pages import CountedPaginator
from core.permissions import Permission, Viewer, requires
from core.prepared import prepared, site_keys
from core.refusals import show_refusal
from core.requests import PageRequest
from core.templatetags.vigil import day, meter
from core.templatetags.vigil import status as status_tag
from patients import actions
from patients.access import participants_for
from patients.completeness import Screened, Tally, tallies_of
from patients.forms import ParticipantForm
from patients.identity import IdentityDetails
from patients.models import Participant, ParticipantStatus
from trials.queries import sites_for

S = ParticipantStatus
OPEN = (S.CONTACTED, S.SCREENING, S.ENROLLED)
PER_PAGE = 50
PERSON_ROW = ("pk", "public_id", "screening_number", "status", "first_contact_on", "site__code", "site__zone",
              "protocol_version__digest")  # fmt: skip
SHAPES = {
    S.CONTACTED: ("notdue", "First contact"), S.SCREENING: ("started", "In screening"),
    S.ENROLLED: ("complete", "Enrolled"),
}  # fmt: skip
ACTIONS = {
    S.CONTACTED: ("patients:consent", "Consent", Permission.CONSENT_RECORD),
    S.SCREENING: ("patients:screening", "Screen", None),
    S.ENROLLED: ("pharmacy:randomisation-detail", "Randomise", Permission.RANDOMISE),
}
NEXT_STEPS = {S.CONTACTED: "Consent", S.SCREENING: "Eligibility", S.ENROLLED: "Randomisation"}


@requires(Permission.SCREENING_VIEW)
@require_GET
def screening_list(request: PageRequest) -> HttpResponse:
    """Lists everybody before randomisation, with the step that comes next."""
    found = participants_for(request.viewer, Permission.SCREENING_VIEW)
    counts = dict(_counts(at_sites=site_keys(request.viewer.site_ids(Permission.SCREENING_VIEW))))
    people = found.filter(status__in=OPEN).order_by("-first_contact_on", "-id").values_list(*PERSON_ROW, named=True)
    number = sum(counts.get(status, 0) for status in OPEN)
    page = CountedPaginator(people, PER_PAGE, number=number).get_page(request.GET.get("page"))
    shown = list(page)
    screened = [Screened(p.pk, p.protocol_version__digest, p.site__zone) for p in shown if p.protocol_version__digest]
    records = tallies_of(screened, at=request.now)
    rows = [_row(person, records.get(person.pk), request.viewer) for person in shown]
    failed = counts.get(S.SCREEN_FAILED, 0)
    answers = [
        ("Who waits for consent?", counts.get(S.CONTACTED, 0), "first contact made"),
        ("Who is being screened?", counts.get(S.SCREENING, 0), "until the investigator has signed"),
        ("Who can be randomised?", counts.get(S.ENROLLED, 0), f"{failed} screen failures so far"),
    ]
    return render(request, "patients/screening_list.html", {"rows": rows, "page": page, "answers": answers})


@prepared
def _counts(at_sites: Any) -> QuerySet[Participant, Any]:
    return Participant.objects.filter(site_id__in=at_sites).values_list("status").annotate(number=Count("pk"))


def _row(person: Any, record: Tally | None, viewer: Viewer) -> tuple[Any, ...]:
    """Returns what a row says, ready to be written; the action is one that the viewer may do."""
    status = S(person.status)
    page, verb, permission = ACTIONS[status]
    url = address_of(page, person.public_id) if permission is None or viewer.may(permission) else ""
    drawn = meter(record.done, record.due) if record else ""
    counted = f"{record.done} of {record.due}" if record else ""
    old = f"{record.old} too old" if record and record.old else ""
    return (
        person.screening_number, status_tag(*SHAPES[status]), day(person.first_contact_on), person.site__code, drawn,
        counted, old, NEXT_STEPS[status], url, verb,
    )  # fmt: skip


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
