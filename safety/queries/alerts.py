"""Alerts that wait."""

from django.db.models import QuerySet

from safety.models import Alert


def open_alerts(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Returns the alerts that nobody acknowledged, the most urgent first."""
    return alerts.filter(acknowledged_at__isnull=True).order_by("acknowledge_by_at", "id")
