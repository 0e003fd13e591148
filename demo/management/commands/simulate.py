"""Plays a whole trial through the actions, reproducibly: the same seed and end give the same trial."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.contributions import reading_as
from core.models import Person
from demo.digest import digest_of_trial
from demo.loading import keep_count
from demo.models import DemoLoad
from demo.simulation.leads import play_leads
from demo.simulation.plans import opened_at, plans
from demo.simulation.run import play_plans
from demo.simulation.stock import play_stock
from demo.stage import set_stage


class Command(BaseCommand):
    """Simulates a trial into an empty database."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the size, the seed, the end and the kind of physiology."""
        parser.add_argument("--participants", type=int, default=40)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--until", type=datetime.fromisoformat, help="ISO 8601 with offset; now by default")
        parser.add_argument("--physiology", choices=["by-arm", "any"], default="by-arm")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plays the trial and says how many people it has."""
        if DemoLoad.objects.exists():
            raise CommandError("A trial was simulated into this database already. Use an empty one.")
        until = options["until"] or clock.now()
        if until.tzinfo is None:
            raise CommandError("Give --until with its offset, for example 2026-11-23T12:00:00+00:00.")
        wanted, seed = options["participants"], options["seed"]
        stage = set_stage(seed=seed, opened_at=opened_at(until=until))
        by_arm = options["physiology"] == "by-arm"
        people = plans(participants=wanted, seed=seed, until=until)
        play_plans(stage, people, seed=seed, until=until, physiology_by_arm=by_arm)
        play_leads(stage, seed=seed, until=until, of_sites=stage.sites)
        play_stock(stage, seed=seed, until=until)
        keep_count(people, loaded=wanted, leads=True, seed=seed, until=until)
        with reading_as(Person.objects.system("setup")):
            digest = digest_of_trial()
        self.stdout.write(f"{wanted} participants were simulated up to {until.isoformat()}.")
        self.stdout.write(f"Digest of all rows, ids and recorded times left out: {digest}")
