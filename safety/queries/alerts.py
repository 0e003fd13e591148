"""Alerts that wait, alike ones folded, and how many a site has to bear."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from safety.models import Alert

# Over how long the load of a site is counted.
LOAD_OVER = timedelta(days=28)


@dataclass(frozen=True)
class AlertLoad:
    """What one site had to bear over the days that are counted."""

    site: str
    raised: int
    act: int
    in_time: int
    participants: int
    minutes: int | None

    @property
    def in_time_percent(self) -> int:
        """Returns how many of a hundred were acknowledged in time."""
        return round(100 * self.in_time / self.raised)


def open_alerts(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Returns the alerts that nobody acknowledged, the most urgent first.

    Of alike ones, those of one participant, rule and severity, the one recorded last stands for all: `earlier` counts
    the others, `by_at` is the time of the first that must be acknowledged.
    """
    alike = Alert.objects.filter(
        participant_id=OuterRef("participant_id"), rule=OuterRef("rule"), severity=OuterRef("severity"),
        acknowledged_at__isnull=True,
    ).order_by()  # fmt: skip
    counted = alike.exclude(pk=OuterRef("pk")).values("rule").annotate(number=Count("pk")).values("number")
    return (
        alerts.filter(~Exists(alike.filter(pk__gt=OuterRef("pk"))), acknowledged_at__isnull=True)
        .annotate(
            by_at=Subquery(alike.order_by("acknowledge_by_at").values("acknowledge_by_at")[:1]),
            earlier=Coalesce(Subquery(counted), 0),
        )
        .order_by("by_at", "pk")
    )


def alike_before(alert: Alert) -> QuerySet[Alert]:
    """Returns the open alerts that an acknowledgement of this one covers, itself among them, as they were recorded.

    By when they were recorded and not by when they were raised: an entry that arrives late was not seen with it.
    """
    alike = Alert.objects.filter(
        participant_id=alert.participant_id, rule=alert.rule, severity=alert.severity, acknowledged_at__isnull=True
    )
    return alike.filter(pk__lte=alert.pk).order_by("pk")


def alert_load(alerts: QuerySet[Alert], *, at: datetime) -> list[AlertLoad]:
    """Returns the load of each site over the last four weeks, in one statement; the heaviest first."""
    in_time = Q(acknowledged_at__lte=F("acknowledge_by_at"))
    rows = (
        alerts.filter(raised_at__gt=at - LOAD_OVER, raised_at__lte=at)
        .order_by()
        .values("site__code")
        .annotate(
            raised=Count("pk"),
            act=Count("pk", filter=Q(severity="act")),
            in_time=Count("pk", filter=in_time),
            participants=Count("participant", distinct=True),
            took=Avg(F("acknowledged_at") - F("raised_at")),
        )
        .order_by("-raised", "site__code")
    )
    return [
        AlertLoad(
            site=row["site__code"],
            raised=row["raised"],
            act=row["act"],
            in_time=row["in_time"],
            participants=row["participants"],
            minutes=None if row["took"] is None else round(row["took"].total_seconds() / 60),
        )
        for row in rows
    ]
