"""Plays plans on a stage and keeps count."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from demo.simulation.course import Course, Plan
from demo.simulation.engine import play
from demo.stage import Stage

PROFILE_FILE = Path(settings.BASE_DIR) / "protocols" / "demo_profile.yaml"


def play_plans(
    stage: Stage,
    plans: Sequence[Plan],
    *,
    seed: int,
    until: datetime,
    physiology_by_arm: bool = True,
    after_each: Callable[[int], None] = lambda index: None,
) -> None:
    """Plays the plans together, in the order of time."""
    profile: dict[str, Any] = yaml.safe_load(PROFILE_FILE.read_text())
    courses = [
        iter(Course(stage, plan, profile, random.Random(f"{seed}:{plan.number}:course"), physiology_by_arm))
        for plan in plans
    ]
    play(courses, until=until, after_each=after_each)
