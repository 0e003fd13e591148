"""How many people come how far, from the first hearing to randomisation, and why the others stop."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from patients.models import ContactAttempt, Lead, LeadState, PreScreen, ScreenFailure

WIDTH, ROW, BAR = 900, 46, 24
NAMES, FIGURES = 190, 150
STAGES = {
    "all": "Heard of",
    "tried": "Contact tried",
    "asked": "First questions asked",
    "passed": "First questions passed",
    "converted": "In screening",
    "enrolled": "Enrolled",
    "randomised": "Randomised",
}


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
    failures: tuple[tuple[str, int], ...]
    total: int
    height: int


def funnel_of(
    site_ids: Collection[int] | None,
    *,
    reasons: Mapping[str, str],
    sources: Mapping[str, str],
    failures: Mapping[str, str],
) -> Funnel:
    """Counts the leads of some sites, or of all, in six statements; the words come from the protocol.

    `failures` has the sentence of each criterion and of each other reason for which screening fails.
    """
    at = Q() if site_ids is None else Q(site_id__in=site_ids)
    leads = Lead.objects.filter(at).order_by()
    # Each table is read once; asked lead by lead, ten thousand leads would take seconds.
    counts = leads.aggregate(
        all=Count("pk"),
        converted=Count("pk", filter=Q(participant__isnull=False)),
        enrolled=Count("pk", filter=Q(participant__enrolled_at__isnull=False)),
        randomised=Count("pk", filter=Q(participant__randomisation__isnull=False)),
    )
    counts |= ContactAttempt.objects.filter(at).aggregate(tried=Count("lead", distinct=True))
    counts |= PreScreen.objects.filter(at).aggregate(
        asked=Count("lead", distinct=True), passed=Count("lead", distinct=True, filter=Q(result="passed"))
    )
    total = counts["all"]
    closed = leads.filter(state=LeadState.CLOSED).values_list("close_reason").annotate(n=Count("pk"))
    by_source = leads.values_list("source").annotate(
        n=Count("pk"),
        converted=Count("pk", filter=Q(participant__isnull=False)),
        randomised=Count("pk", filter=Q(participant__randomisation__isnull=False)),
    )
    return Funnel(
        stages=tuple(
            Stage(name, counts[key], _share(counts[key], total), _bar(counts[key], total), place * ROW + 8)
            for place, (key, name) in enumerate(STAGES.items())
        ),
        reasons=tuple(
            (reasons.get(code, code), count, _share(count, total))
            for code, count in sorted(closed, key=lambda row: (-row[1], row[0]))
        ),
        sources=tuple(
            (sources.get(code, code), count, converted, randomised)
            for code, count, converted, randomised in sorted(by_source, key=lambda row: (-row[1], row[0]))
        ),
        failures=_failures(ScreenFailure.objects.filter(at), failures),
        total=total,
        height=len(STAGES) * ROW,
    )


def _failures(found: QuerySet[ScreenFailure], words: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Counts screen failures by criterion, or by the kind of reason; who fails two criteria counts under both."""
    counts: Counter[str] = Counter()
    for criteria, category in found.values_list("criteria", "category"):
        counts.update(criteria or [category])
    ordered = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return tuple((words.get(code, code), count) for code, count in ordered)


def _share(count: int, total: int) -> str:
    return f"{round(100 * count / total)} %" if total else ""


def _bar(count: int, total: int) -> int:
    return round((WIDTH - NAMES - FIGURES) * count / total) if total else 0
