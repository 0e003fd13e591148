"""Plays plans on a stage and keeps count."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from demo.simulation.course import Course, Plan
from demo.simulation.engine import play
from demo.simulation.post import post
from demo.stage import Stage

PROFILE_FILE = Path(settings.BASE_DIR) / "protocols" / "demo_profile.yaml"


def play_plans(
    stage: Stage, plans: Sequence[Plan], *, seed: int, until: datetime, physiology_by_arm: bool = True
) -> None:
    """Plays the plans together, in the order of time, and sends what falls due on the way."""
    profile: dict[str, Any] = yaml.safe_load(PROFILE_FILE.read_text())
    courses = [
        iter(Course(stage, plan, profile, random.Random(f"{seed}:{plan.number}:course"), physiology_by_arm))
        for plan in plans
    ]
    first_day = min(plan.contacted_on for plan in plans)
    play([*courses, post(starts_at=datetime.combine(first_day, time(6), tzinfo=UTC))], until=until)
