"""Plays plans on a stage and keeps count."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time

from coding import actions as coding
from core.contributions import recorded_at
from core.models import Person
from demo.simulation.background import profile
from demo.simulation.course import Course, Plan
from demo.simulation.engine import play
from demo.simulation.post import post
from demo.simulation.reviewing import go_on_leave
from demo.stage import Stage


def play_plans(
    stage: Stage, plans: Sequence[Plan], *, seed: int, until: datetime, physiology_by_arm: bool = True
) -> None:
    """Plays the plans together, in the order of time, and sends what falls due on the way."""
    values = profile()
    courses = [
        iter(Course(stage, plan, values, random.Random(f"{seed}:{plan.number}:course"), physiology_by_arm))
        for plan in plans
    ]
    first_day = min(plan.contacted_on for plan in plans)
    play([*courses, post(starts_at=datetime.combine(first_day, time(6), tzinfo=UTC))], until=until)
    go_on_leave(until=until)
    code_written(until=until)


def code_written(*, until: datetime) -> None:
    """Gathers what was written and codes what is certain, as the coder's hand would."""
    by = Person.objects.system("coding")
    with recorded_at(until):
        coding.gather(by=by)
        for kind in ("event", "medicine"):
            coding.code_waiting(kind=kind, by=by, at=until)
