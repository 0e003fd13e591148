"""How many people come how far, from the first hearing to randomisation, and why the others stop."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from patients.models import ContactAttempt, Lead, LeadState, PreScreen

WIDTH, ROW, BAR = 900, 46, 24
NAMES, FIGURES = 190, 150


@dataclass(frozen=True)
class Stage:
    """One stage of the funnel: how many came so far, and where its bar is drawn."""

    name: str
    count: int
    share: str
    width: int
    y: int

    @property
    def middle(self) -> int:
        """Returns the height at which the words stand."""
        return self.y + BAR // 2

    @property
    def figure_x(self) -> int:
        """Returns where the figure stands, behind the bar."""
        return NAMES + self.width + 8


@dataclass(frozen=True)
class Funnel:
    """The stages, why leads were closed, and how far each source brought people."""

    stages: tuple[Stage, ...]
    reasons: tuple[tuple[str, int, str], ...]
    sources: tuple[tuple[str, int, int, int], ...]
    total: int
    height: int


def funnel_of(leads: QuerySet[Lead], *, reasons: Mapping[str, str], sources: Mapping[str, str]) -> Funnel:
    """Counts the leads in three statements, however many there are; the words come from the protocol."""
    marked = leads.annotate(
        was_tried=Exists(ContactAttempt.objects.filter(lead=OuterRef("pk"))),
        was_asked=Exists(PreScreen.objects.filter(lead=OuterRef("pk"))),
        has_passed=Exists(PreScreen.objects.filter(lead=OuterRef("pk"), result="passed")),
    ).order_by()
    counts = marked.aggregate(
        all=Count("pk"),
        tried=Count("pk", filter=Q(was_tried=True)),
        asked=Count("pk", filter=Q(was_asked=True)),
        passed=Count("pk", filter=Q(has_passed=True)),
        converted=Count("pk", filter=Q(participant__isnull=False)),
        enrolled=Count("pk", filter=Q(participant__enrolled_at__isnull=False)),
        randomised=Count("pk", filter=Q(participant__randomisation__isnull=False)),
    )
    names = {
        "all": "Heard of",
        "tried": "Contact tried",
        "asked": "First questions asked",
        "passed": "First questions passed",
        "converted": "In screening",
        "enrolled": "Enrolled",
        "randomised": "Randomised",
    }
    total = counts["all"]
    closed = leads.filter(state=LeadState.CLOSED).order_by().values_list("close_reason").annotate(n=Count("pk"))
    by_source = (
        leads.order_by()
        .values_list("source")
        .annotate(
            n=Count("pk"),
            converted=Count("pk", filter=Q(participant__isnull=False)),
            randomised=Count("pk", filter=Q(participant__randomisation__isnull=False)),
        )
    )
    return Funnel(
        stages=tuple(
            Stage(name, counts[key], _share(counts[key], total), _bar(counts[key], total), place * ROW + 8)
            for place, (key, name) in enumerate(names.items())
        ),
        reasons=tuple(
            (reasons.get(code, code), count, _share(count, total))
            for code, count in sorted(closed, key=lambda row: (-row[1], row[0]))
        ),
        sources=tuple(
            (sources.get(code, code), count, converted, randomised)
            for code, count, converted, randomised in sorted(by_source, key=lambda row: (-row[1], row[0]))
        ),
        total=total,
        height=len(names) * ROW,
    )


def _share(count: int, total: int) -> str:
    return f"{round(100 * count / total)} %" if total else ""


def _bar(count: int, total: int) -> int:
    return round((WIDTH - NAMES - FIGURES) * count / total) if total else 0
