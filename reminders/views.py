"""Pages of the messages: what is coming, what was sent and what was not, and the exact text of each."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.requests import PageRequest
from reminders import actions, queries
from reminders.access import reminder_for, reminders_for
from reminders.catalogue import PARTICIPANT, current_template, template_of
from reminders.models import Reminder
from reminders.recipients import Recipient, recipient_of
from reminders.rendering import Text, without_link, write_out

ON_A_PAGE = 50
# what became of a message: (state shape, word)
COURSES = {
    "coming": ("notdue", "Coming"),
    "waiting": ("waiting", "Waiting"),
    "sent": ("complete", "Sent"),
    "failed": ("failed", "Not sent"),
    "cancelled": ("notdone", "Cancelled"),
}


@requires(Permission.MESSAGE_VIEW)
@require_GET
def outbox(request: PageRequest) -> HttpResponse:
    """Lists the messages of the viewer's sites, the latest first."""
    mine = reminders_for(request.viewer, Permission.MESSAGE_VIEW)
    wanted = request.GET.get("state", "")
    wanted = wanted if wanted in COURSES else ""
    counts = queries.count_courses(mine, since=request.now - timedelta(days=7), until=request.now + timedelta(days=7))
    shown = queries.with_course(mine, wanted).order_by("due_at" if wanted == "coming" else "-due_at", "-id")
    page = Paginator(shown, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(COURSES[queries.course_of(row)], row, current_template(row.template)) for row in page],
        "wanted": wanted,
        "chips": _chips(counts, wanted),
        "answers": [
            ("Coming in 7 days", str(counts["soon"]), "planned"),
            ("Sent in the last 7 days", str(counts["lately"]), ""),
            ("Could not be sent", str(counts["failed"]), "reach them another way" if counts["failed"] else ""),
        ],
    }
    return render(request, "reminders/message_list.html", context)


@requires(Permission.MESSAGE_VIEW)
@require_GET
@never_cache
def message_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the exact text of a message, written out now: it is kept nowhere."""
    reminder = reminder_for(request.viewer, public_id, Permission.MESSAGE_VIEW)
    message = getattr(reminder, "message", None)
    template = current_template(reminder.template)
    if message is not None and message.state == "sent":
        template = template_of(message.template, language=message.language, version=message.template_version)
    recipient = _recipient(request, reminder)
    context = {
        "reminder": reminder,
        "message": message,
        "template": template,
        "recipient": recipient,
        "to_participant": template.audience == PARTICIPANT,
        "text": _as_read(write_out(reminder, template, recipient), reminder),
        "is_held": not settings.MESSAGES_LEAVE_THE_HOUSE,
        "course": COURSES[queries.course_of(reminder)],
        "answers": [
            ("What became of it?", COURSES[queries.course_of(reminder)][1], message.failure if message else ""),
            ("To whom?", str(reminder.participant or reminder.person), recipient.refusal),
            ("Which text?", template.label, f"version {template.version}, {template.language}"),
        ],
    }
    return render(request, "reminders/message_detail.html", context)


@requires(Permission.MESSAGE_VIEW)
@require_POST
def message_send(request: PageRequest, public_id: str) -> HttpResponse:
    """Puts a failed message back into the queue."""
    reminder = reminder_for(request.viewer, public_id, Permission.MESSAGE_VIEW)
    message = getattr(reminder, "message", None)
    try:
        if message is None:
            raise Refused("This message is not due yet; it leaves by itself.")
        actions.send_again(message, by=request.viewer.person, at=request.now)
        messages.success(request, "The message leaves within a minute.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("reminders:message-detail", public_id)


def _as_read(text: Text, reminder: Reminder) -> Text:
    # Where nothing leaves the house, this page is where a synthetic participant's link arrives.
    return without_link(text, reminder) if settings.MESSAGES_LEAVE_THE_HOUSE else text


def _recipient(request: PageRequest, reminder: Reminder) -> Recipient:
    hidden = reminder.participant_id and not request.viewer.may(Permission.IDENTITY_VIEW, site_id=reminder.site_id)
    if hidden:
        return Recipient("not shown to you", reminder.site.zone, first_name="…")
    return recipient_of(reminder)


def _chips(counts: dict[str, int], wanted: str) -> list[dict[str, Any]]:
    everything = {"url": "?", "label": "All", "current": not wanted}
    return [everything] + [
        {"url": f"?state={course}", "label": word, "count": counts[course], "current": wanted == course}
        for course, (_, word) in COURSES.items()
    ]
