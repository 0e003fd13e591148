"""How simulated bodies and minds move: vital signs, interview items, effects. Numbers come from the profile."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import exp
from typing import Any

# Where in the session the rise is highest, and how wide it is, in minutes.
PEAK, WIDTH = 130, 110
PRESENT = 2


@dataclass(frozen=True)
class VitalSet:
    """One simulated set of vital signs."""

    systolic_mmhg: int
    diastolic_mmhg: int
    heart_rate_bpm: int
    temperature_c: Decimal


@dataclass(frozen=True)
class Body:
    """A body at rest, and how far it rises under the effect."""

    systolic: int
    diastolic: int
    pulse: int
    temperature: float
    rise: Mapping[str, float]

    def measured(self, minute: float, dice: random.Random) -> VitalSet:
        """Returns the set measured at a minute after the initial dose."""
        share = exp(-(((minute - PEAK) / WIDTH) ** 2)) if minute > 0 else 0.0
        return VitalSet(
            round(self.systolic + self.rise["sbp"] * share + dice.gauss(0, 3)),
            round(self.diastolic + self.rise["dbp"] * share + dice.gauss(0, 2)),
            round(self.pulse + self.rise["hr"] * share + dice.gauss(0, 3)),
            Decimal(str(round(self.temperature + self.rise["temp"] * share + dice.gauss(0, 0.05), 1))),
        )


def body(profile: Mapping[str, Any], kind: str, dice: random.Random) -> Body:
    """Returns a body for a type of arm; `any` is drawn without regard to it."""
    rise = {sign: height * dice.uniform(0.7, 1.3) for sign, height in profile["vital_signs"][kind].items()}
    return Body(dice.randint(106, 128), dice.randint(66, 82), dice.randint(58, 80), dice.uniform(36.4, 36.8), rise)


def interview_items(
    total: int, *, scored: int, highest: int, typical: tuple[int, ...], dice: random.Random
) -> dict[int, int]:
    """Returns answers to the scored items that add up to a total.

    The `typical` items are present first while the total allows it, as they are in somebody who has the disorder.
    """
    answers = dict.fromkeys(range(1, scored + 1), 0)
    left = min(max(total, 0), scored * highest)
    if left >= PRESENT * len(typical):
        answers |= dict.fromkeys(typical, PRESENT)
        left -= PRESENT * len(typical)
    while left:
        number = dice.randint(1, scored)
        if answers[number] < highest:
            answers[number] += 1
            left -= 1
    return answers


def answered(item: Any, dice: random.Random) -> Any:
    """Returns an answer to one item of a questionnaire, whatever it asks."""
    if item.kind == "number":
        return str(dice.randint(max(item.low, 5), min(item.high, 9)))
    if item.kind in ("date", "partial_date"):
        return "2026-03"
    return "Nothing to add" if item.kind == "text" else dice.choice(list(item.values))


def totals(profile: Mapping[str, Any], kind: str, dice: random.Random) -> list[int]:
    """Returns the interview's totals at the ratings of the trial, from baseline on."""
    first, change = profile["interview_total"], profile["change"][kind]
    baseline = min(max(dice.gauss(first["mean"], first["sd"]), first["low"]), first["high"])
    whole = dice.gauss(change["mean"], change["sd"])
    return [max(0, round(baseline + whole * float(share))) for share in profile["share_by_rating"]]


def disabilities(profile: Mapping[str, Any], kind: str, dice: random.Random) -> list[int]:
    """Returns the mean disability at the ratings of the trial, as whole points of the scale."""
    baseline = dice.gauss(profile["disability_mean"]["mean"], profile["disability_mean"]["sd"])
    whole = float(profile["change"][kind]["disability"])
    return [min(10, max(0, round(baseline + whole * float(share)))) for share in profile["share_by_rating"]]
