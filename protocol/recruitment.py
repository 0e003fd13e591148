"""Rules of the first contact: who goes on after the first questions, and who may be screened again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from protocol.definition import Recruitment, ScreenQuestion


@dataclass(frozen=True)
class PreScreenVerdict:
    """What the answers say: `passes` is None while an answer is missing and none speaks against."""

    passes: bool | None
    against: tuple[ScreenQuestion, ...]
    missing: tuple[ScreenQuestion, ...]


@dataclass(frozen=True)
class RescreeningVerdict:
    """Whether a person may be screened again, and why not; `earliest_on` is the first day on which it is so."""

    allowed: bool
    why: str = ""
    earliest_on: date | None = None


def judge_prescreen(recruitment: Recruitment, *, answers: Mapping[str, bool]) -> PreScreenVerdict:
    """A person goes on when every question is answered as the protocol wants; a missing answer is never a yes."""
    against = [q for q in recruitment.questions if q.code in answers and answers[q.code] != q.wanted]
    missing = [q for q in recruitment.questions if q.code not in answers]
    passes = False if against else None if missing else True
    return PreScreenVerdict(passes, tuple(against), tuple(missing))


def judge_rescreening(recruitment: Recruitment, *, failed_on: Sequence[date], on: date) -> RescreeningVerdict:
    """Somebody who failed screening comes again no more often, and no sooner, than the protocol says."""
    if not failed_on:
        return RescreeningVerdict(True)
    rule = recruitment.rescreening
    if rule is None:
        return RescreeningVerdict(False, "The protocol does not provide for screening somebody again.")
    if len(failed_on) > rule.most:
        return RescreeningVerdict(False, f"The protocol lets a person be screened again {_times(rule.most)}.")
    earliest = max(failed_on) + timedelta(days=rule.wait_days)
    if on < earliest:
        return RescreeningVerdict(
            False, f"The protocol lets this person be screened again from {earliest:%-d %b %Y} on.", earliest
        )
    return RescreeningVerdict(True, earliest_on=earliest)


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
