"""How far the demo trial is loaded, site by site."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from demo.models import DemoLoad
from demo.people import SITES
from demo.simulation.course import Plan


def keep_count(chosen: Sequence[Plan], *, loaded: int, leads: bool, seed: int, until: datetime) -> None:
    """Writes for each site how many of a trial's plans are its own, and how many of the first ones were played."""
    DemoLoad.objects.bulk_create(
        DemoLoad(
            site_code=place.code,
            trial_wanted=len(chosen),
            wanted=sum(plan.site_code == place.code for plan in chosen),
            loaded=sum(plan.site_code == place.code for plan in chosen[:loaded]),
            leads=leads,
            seed=seed,
            until=until,
        )
        for place in SITES
    )


def loaded_so_far() -> dict[str, int | None]:
    """Returns how many participants of all sites are there, and how many are wanted."""
    return DemoLoad.objects.aggregate(loaded=Sum("loaded"), wanted=Sum("wanted"))
