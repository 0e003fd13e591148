"""The sweep of notes and calls: what waits for a decision, what was decided, and how much was read at each site."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.queries import definition_for
from safety import actions, queries
from safety.access import event_for, mention_for, mentions_for
from safety.forms import DismissForm, LinkForm
from safety.models import Mention

ON_A_PAGE = 50
# What asks besides the lists of words.
RULES = {"asked": "answers the question after any change", "suicidality": "the suicidality scale"}
FILTERS = {"": "To decide", "event": "Reported", "none": "No event"}
STRENGTHS = ("Faint", "Likely", "Strong")
SHAPES = {"waiting": ("query", "To decide"), "event": ("complete", "Reported"), "none": ("notdone", "No event")}


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def mention_list(request: PageRequest) -> HttpResponse:
    """Lists the sentences that wait, and how much was read and decided at each site."""
    mine = mentions_for(request.viewer, Permission.ADVERSE_EVENT_VIEW)
    covered = queries.coverage(mine, request.viewer.site_ids(Permission.ADVERSE_EVENT_VIEW))
    wanted = request.GET.get("show", "")
    wanted = wanted if wanted in FILTERS else ""
    shown = mine.filter(state=wanted).order_by("-decided_at", "-id") if wanted else queries.waiting_mentions(mine)
    page = Paginator(shown, ON_A_PAGE).get_page(request.GET.get("page"))
    waiting = sum(site.waiting for site in covered)
    found = sum(site.mentions for site in covered)
    context = {
        "page": page,
        "rows": [(SHAPES[mention.state], mention, STRENGTHS[mention.strength]) for mention in page],
        "coverage": covered,
        "wanted": wanted,
        "chips": [
            {"url": f"?show={name}" if name else "?", "label": label, "count": "", "current": name == wanted}
            for name, label in FILTERS.items()
        ],
        "may_decide": request.viewer.may(Permission.ADVERSE_EVENT_REPORT),
        "answers": [
            ("To decide", str(waiting), f"of {found} sentences found" if found else ""),
            ("Notes and calls read", str(sum(site.texts for site in covered)), ""),
            ("Reported from them", str(sum(site.reported for site in covered)), "events"),
        ],
    }
    return render(request, "safety/mention_list.html", context)


@requires(Permission.ADVERSE_EVENT_VIEW)
@require_GET
def mention_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows a sentence with the words that were found, where it stands, and the three ways to decide."""
    mention = mention_for(request.viewer, public_id, Permission.ADVERSE_EVENT_VIEW)
    return _show(request, mention)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_POST
def mention_link(request: PageRequest, public_id: str) -> HttpResponse:
    """Decides that a sentence tells an event on record."""
    mention = mention_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    form = LinkForm(request.POST, events=_events(mention))
    if form.is_valid():
        try:
            event = event_for(request.viewer, form.cleaned_data["event"], Permission.ADVERSE_EVENT_REPORT)
            actions.report_mention(mention, event=event, by=request.viewer.person, at=request.now)
            messages.success(request, f"It belongs to {event}.")
            return redirect("safety:mention-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return _show(request, mention, link_form=form, form=form)


@requires(Permission.ADVERSE_EVENT_REPORT)
@require_POST
def mention_dismiss(request: PageRequest, public_id: str) -> HttpResponse:
    """Decides that a sentence tells no event, and why."""
    mention = mention_for(request.viewer, public_id, Permission.ADVERSE_EVENT_REPORT)
    form = DismissForm(request.POST)
    if form.is_valid():
        try:
            actions.dismiss_mention(
                mention, reason=form.cleaned_data["reason"], by=request.viewer.person, at=request.now
            )
            messages.success(request, "Kept as no event, with the reason.")
            return redirect("safety:mention-list")
        except Refused as refusal:
            show_refusal(form, refusal)
    return _show(request, mention, dismiss_form=form, form=form)


def _show(request: PageRequest, mention: Mention, **given: Any) -> HttpResponse:
    participant = mention.participant
    source = queries.source_of(participant, f"mention:{mention.public_id}")
    rules = {rule.code: rule.text for rule in definition_for(participant).sweep.rules}
    may_decide = mention.state == "waiting" and request.viewer.may(
        Permission.ADVERSE_EVENT_REPORT, site_id=mention.site_id
    )
    context: dict[str, Any] = {
        "mention": mention,
        "participant": participant,
        "source": source,
        "shape": SHAPES[mention.state],
        "lists": [rules.get(code, RULES.get(code, code)) for code in mention.rules],
        "definition_text": definition_for(participant).adverse_events.definition,
        "may_decide": may_decide,
        "answers": [
            ("Found", ", ".join(mention.words) or "an answer", f"{STRENGTHS[mention.strength].lower()} words"),
            ("Told in", mention.get_kind_display(), ""),
            ("Decided?", mention.get_state_display(), ""),
        ],
    }
    if may_decide:
        context |= {"link_form": LinkForm(events=_events(mention)), "dismiss_form": DismissForm()}
    form = given.get("form")
    return render(
        request, "safety/mention_detail.html", context | given, status=422 if form is not None and form.errors else 200
    )


def _events(mention: Mention) -> list[tuple[str, str]]:
    return queries.events_as_choices(mention.participant)
