"""What becomes of deviations, and how they go: by site, category and month."""

from calendar import month_abbr
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from core.models import Membership, Person
from core.permissions import Permission
from core.roles import ROLES
from patients.queries import definition_for
from protocol.office import SafetyOffice
from safety.models import Deviation, DeviationAnalysis, EthicsReport, QualityAction
from trials.queries import current_trial, definition_of, latest_version

if TYPE_CHECKING:
    from trials.models import Site

UNSORTED = "unsorted"
OWNING = [role.value for role, rights in ROLES.items() if Permission.DEVIATION_VIEW in rights.permissions]


@dataclass(frozen=True)
class Trend:
    """How many deviations there were in each month, of which site and of which category."""

    months: tuple[str, ...]
    by_site: dict[str, tuple[int, ...]]
    by_category: dict[str, tuple[int, ...]]

    @property
    def by_month(self) -> tuple[int, ...]:
        """Returns how many there were in each month over all sites."""
        return tuple(map(sum, zip(*self.by_site.values(), strict=True)))


def trend_of(deviations: QuerySet[Deviation]) -> Trend:
    """Returns the deviations that were not refused by month, site and category; in one statement."""
    latest = DeviationAnalysis.objects.filter(deviation=OuterRef("pk")).order_by("-number").values("category")[:1]
    rows = (
        deviations.exclude(state="refused")
        .annotate(
            sorted_as=Coalesce(Subquery(latest), Value(UNSORTED)),
            year=ExtractYear("occurred_at"),
            month=ExtractMonth("occurred_at"),
        )
        .order_by()
        .values_list("site__code", "sorted_as", "year", "month")
        .annotate(number=Count("pk"))
    )
    counts = {(site, category, year * 12 + month - 1): number for site, category, year, month, number in rows}
    if not counts:
        return Trend((), {}, {})
    places = [place for *_, place in counts]
    months = range(min(places), max(places) + 1)
    return Trend(
        tuple(f"{month_abbr[place % 12 + 1]} {place // 12}" for place in months),
        _series(((site, place, number) for (site, _, place), number in counts.items()), months),
        _series(((category, place, number) for (_, category, place), number in counts.items()), months),
    )


def open_actions(person: Person) -> QuerySet[QualityAction]:
    """Returns the actions that a person owns and has not done, the one that is due first in front."""
    return QualityAction.objects.filter(owner=person, state="open").order_by("due_on", "id")


def actions_to_check(actions: QuerySet[QualityAction], person: Person) -> QuerySet[QualityAction]:
    """Returns the actions that are done and that the person, who did not do them, may check."""
    return actions.filter(state="done").exclude(done_by=person).order_by("check_on", "id")


def untold(reports: QuerySet[EthicsReport]) -> QuerySet[EthicsReport]:
    """Returns the reports to an ethics board that were not sent, the one that is due first in front."""
    return reports.filter(reported_at__isnull=True).order_by("due_at", "id")


def ethics_report_of(deviation: Deviation) -> EthicsReport | None:
    """Returns the clock of the ethics board about a deviation, if one was started."""
    return EthicsReport.objects.select_related("reported_by").filter(deviation=deviation).first()


def office_of(deviation: Deviation) -> SafetyOffice:
    """Returns the words and times by which the participant's protocol sorts deviations."""
    return definition_for(deviation.participant).office


def action_notice_days() -> int:
    """Returns from how many days before its term an action is near, by the version that was loaded last."""
    return definition_of(latest_version(current_trial())).office.action_notice_days


def owners_at(site: "Site", *, at: object) -> list[Person]:
    """Returns the people who may own an action at a site."""
    members = Membership.objects.valid_at(at).filter(
        Q(site=site) | Q(site__isnull=True), role__in=OWNING, person__is_active=True, person__is_system=False
    )
    return list(Person.objects.filter(pk__in=members.values("person")).order_by("display_name", "id"))


def _series(found: Iterable[tuple[str, int, int]], months: range) -> dict[str, tuple[int, ...]]:
    totals: dict[str, Counter[int]] = {}
    for name, place, number in found:
        totals.setdefault(name, Counter())[place] += number
    return {name: tuple(totals[name][place] for place in months) for name in sorted(totals)}
