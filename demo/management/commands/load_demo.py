"""Loads the demo trial: the first participants at once, the rest by a worker while pages are open."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import clock
from core.roles import Role
from demo.amendment import amended_at
from demo.loading import keep_count
from demo.models import DemoLoad
from demo.people import PASSWORD, PEOPLE, PIN, SITES
from demo.simulation.office import play_office
from demo.simulation.plans import opened_at, plans
from demo.simulation.run import play_plans
from demo.simulation.stock import play_stock
from demo.stage import set_stage
from demo.tasks import load_rest

SEED = 7
WANTED = 40


class Command(BaseCommand):
    """Loads the first participants, or hands the rest to a worker."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds how many come first, and whether the rest is wanted."""
        parser.add_argument("--participants", type=int, default=5)
        parser.add_argument("--rest", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads what is asked for; what is there already stays as it is."""
        if options["rest"]:
            for place in SITES:
                load_rest.delay(place.code)
            return
        if not DemoLoad.objects.exists():
            self._load_first(options["participants"])
        for person in PEOPLE:
            place = person.site or "all sites"
            self.stdout.write(f"  {person.username:<8} {person.name:<14} {Role(person.role).label}, {place}")
        self.stdout.write(f"  Everybody's password: {PASSWORD} (or one click on the sign-in page)")
        holders = ", ".join(person.username for person in PEOPLE if person.has_pin)
        self.stdout.write(f"  PIN at the tablets of a dosing session ({holders}): {PIN}")

    def _load_first(self, count: int) -> None:
        until = clock.now()
        stage = set_stage(seed=SEED, opened_at=opened_at(until=until), amended_at=amended_at(until=until))
        chosen = plans(participants=WANTED, seed=SEED, until=until)
        play_plans(stage, chosen[:count], seed=SEED, until=until)
        # It works through the pharmacy's own connection, which sees only what is committed: not a part of a batch.
        play_stock(stage, seed=SEED, until=until)
        play_office(stage, seed=SEED, until=until)
        keep_count(chosen, loaded=count, leads=False, seed=SEED, until=until)
