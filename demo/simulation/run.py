"""Plays plans on a stage and keeps count."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time

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
