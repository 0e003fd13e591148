"""Alerts: the list, the banner on every page, and the acknowledgement by name."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Conflict, Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.returning import way_back
from core.templatetags.vigil import duration
from safety import actions, queries
from safety.access import alert_for, alerts_for
from safety.forms import AcknowledgeForm
from safety.models import Alert

ON_A_PAGE = 50
IN_BANNER = 2


@requires(Permission.ALERT_ACKNOWLEDGE, Permission.ADVERSE_EVENT_VIEW)
@require_GET
def alert_list(request: PageRequest) -> HttpResponse:
    """Lists the alerts that wait, then those that were acknowledged."""
    mine = alerts_for(request.viewer, _permission(request))
    waiting = list(queries.open_alerts(mine))
    late = [alert for alert in waiting if _until(alert) < request.now]
    settled = mine.filter(acknowledged_at__isnull=False).order_by("-acknowledged_at", "-id")
    page = Paginator(settled, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": [(_shape(alert, request), alert) for alert in waiting],
        "page": page,
        "settled": [(alert, _late(alert)) for alert in page],
        "may_acknowledge": request.viewer.may(Permission.ALERT_ACKNOWLEDGE),
        "load": queries.alert_load(mine, at=request.now),
        "answers": [
            ("Waiting", str(len(waiting)), "nobody has acknowledged them" if waiting else ""),
            ("Past their time", str(len(late)), "the investigator was told" if late else ""),
            ("Acknowledged", str(page.paginator.count), ""),
        ],
    }
    return render(request, "safety/alert_list.html", context)


@requires(Permission.ALERT_ACKNOWLEDGE)
@require_GET
@never_cache
def alert_banner(request: PageRequest) -> HttpResponse:
    """Returns the banner of open alerts; nothing when it is what the page shows already.

    A page that is about one participant says so: it shows that person's alerts, and of the others how many wait.
    """
    about = request.GET.get("about", "")
    waiting = queries.open_alerts(alerts_for(request.viewer, Permission.ALERT_ACKNOWLEDGE))
    # Every open page asks this again and again, so that it reads no more than it shows.
    shown = list((waiting.filter(participant__public_id=about) if about else waiting)[:IN_BANNER])
    more = waiting.count() - len(shown)
    # A banner read aloud again every few seconds would be worse than none.
    seen = "-".join(f"{alert.pk}{'l' if _until(alert) < request.now else ''}" for alert in shown) + f"+{more}"
    if request.headers.get("HX-Request") and seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    context = {
        "alerts": [(_shape(alert, request), alert) for alert in shown],
        "more": more,
        "asked": {"about": about, "seen": seen, "next": way_back(request)},
        "back": way_back(request),
    }
    return render(request, "safety/_alerts.html", context)


@requires(Permission.ALERT_ACKNOWLEDGE)
@require_http_methods(["GET", "POST"])
def alert_acknowledge(request: PageRequest, public_id: str) -> HttpResponse:
    """Writes who saw the alert and what was done."""
    alert = alert_for(request.viewer, public_id, Permission.ALERT_ACKNOWLEDGE)
    form, back = AcknowledgeForm(request.POST or None), way_back(request)
    if request.method == "POST" and form.is_valid():
        try:
            actions.acknowledge_alert(alert, note=form.cleaned_data["note"], by=request.viewer.person, at=request.now)
            messages.success(request, f"The alert about {alert.participant} is acknowledged in your name.")
            return redirect(back or "safety:alert-list")
        except Conflict as conflict:
            alert = alert_for(request.viewer, public_id, Permission.ALERT_ACKNOWLEDGE)
            show_refusal(form, conflict)
        except Refused as refusal:
            show_refusal(form, refusal)
    covered = list(queries.alike_before(alert)) or [alert]
    left = min(each.acknowledge_by_at for each in covered) - (alert.acknowledged_at or request.now)
    context = {
        "alert": alert,
        "earlier": [each for each in covered if each.pk != alert.pk],
        "form": form,
        "back": back,
        "shape": _shape(alert, request),
        "answers": [
            ("What happened?", alert.participant.screening_number, alert.message),
            ("What to do?", alert.get_severity_display(), alert.instruction),
            ("Until when?", f"{duration(left)} {'left' if left >= timedelta() else 'late'}", ""),
        ],
    }
    return render(request, "safety/alert_acknowledge.html", context, status=422 if form.errors else 200)


def _permission(request: PageRequest) -> Permission:
    may = request.viewer.may(Permission.ALERT_ACKNOWLEDGE)
    return Permission.ALERT_ACKNOWLEDGE if may else Permission.ADVERSE_EVENT_VIEW


def _shape(alert: Alert, request: PageRequest) -> tuple[str, str]:
    if alert.acknowledged_at is not None:
        return ("complete", "Acknowledged")
    left = _until(alert) - request.now
    if left < timedelta():
        return ("overdue", f"Overdue {duration(left)}")
    return ("closing", f"{duration(left)} left")


def _until(alert: Alert) -> datetime:
    """Returns by when an alert must be acknowledged: where others stand behind it, the time of the first of them."""
    until: datetime = getattr(alert, "by_at", alert.acknowledge_by_at)
    return until


def _late(alert: Alert) -> bool:
    return alert.acknowledged_at is not None and alert.acknowledged_at > alert.acknowledge_by_at
