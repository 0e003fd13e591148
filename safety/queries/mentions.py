"""Mentions that wait, and how much of what was written the sweep has covered, by site."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from safety.models import Mention, SweptText


@dataclass(frozen=True)
class Coverage:
    """What the sweep has read at a site, what it found, and how much of that somebody decided."""

    site: str
    texts: int
    mentions: int
    waiting: int
    reported: int

    @property
    def decided_percent(self) -> int:
        """Returns the share of mentions that were decided, in whole percent; a site without any is done."""
        return 100 * (self.mentions - self.waiting) // self.mentions if self.mentions else 100


def coverage(mentions: QuerySet[Mention], site_ids: Iterable[int] | None) -> list[Coverage]:
    """Returns the coverage of each site, in two statements."""
    texts = SweptText.objects.all() if site_ids is None else SweptText.objects.filter(site_id__in=site_ids)
    read: dict[str, int] = dict(
        texts.values_list("site__code")
        .annotate(number=Count("text_id", distinct=True))
        .values_list("site__code", "number")
    )
    rows = mentions.values_list("site__code").annotate(
        found=Count("pk"),
        waiting=Count("pk", filter=Q(state="waiting")),
        reported=Count("pk", filter=Q(state="event")),
    )
    counted = {code: tuple(numbers) for code, *numbers in rows}
    return [
        Coverage(code, read.get(code, 0), *counted.get(code, (0, 0, 0)))
        for code in sorted(read.keys() | counted.keys())
    ]


def waiting_mentions(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    """Returns the mentions that nobody decided yet: those whose words speak strongly first, then the oldest."""
    return mentions.filter(state="waiting").order_by("-strength", "told_at", "id")
