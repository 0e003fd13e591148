"""Deviations: how many of which kind, and what repeats."""

from django.db.models import Count, Q, QuerySet

from safety.models import Deviation


def count_deviations(deviations: QuerySet[Deviation]) -> dict[str, int]:
    """Returns how many deviations wait, stand, stand as important, and are none."""
    return deviations.aggregate(
        candidate=Count("pk", filter=Q(state="candidate")),
        accepted=Count("pk", filter=Q(state="accepted")),
        important=Count("pk", filter=Q(state="accepted", importance="important")),
        refused=Count("pk", filter=Q(state="refused")),
    )


def commonest_category(deviations: QuerySet[Deviation]) -> tuple[str, int]:
    """Returns the category that repeats most among what was not refused, and how often."""
    found = deviations.exclude(state="refused").values_list("category").annotate(number=Count("pk"))
    return next(iter(found.order_by("-number", "category")), ("", 0))


def all_deviations() -> QuerySet[Deviation]:
    """Returns every deviation the actor may see, with what a dataset reads of it."""
    return Deviation.objects.select_related("site", "participant", "visit")
