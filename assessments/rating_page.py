"""What one page of an interview shows: the item in hand, the map of the part, where to go next."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse

from assessments import queries
from assessments.instruments import SECOND, Item, is_guess, shown_answer
from assessments.models import Assessment, AssessmentScore, AssessmentState
from assessments.queries import Rating
from protocol.scoring import Answer
from trials.queries import definition_of


@dataclass(frozen=True)
class MapCell:
    """One item on the map: whether it is answered, and whether it is in hand."""

    item: Item
    answered: bool
    current: bool
    url: str


@dataclass(frozen=True)
class PartSummary:
    """How far a part of the interview is."""

    assessment: Assessment
    place: int
    asked: int
    missing: tuple[Item, ...]
    url: str

    @property
    def answered(self) -> int:
        """Returns how many items have an answer."""
        return self.asked - len(self.missing)


@dataclass(frozen=True)
class RatingPage:
    """An interview at one of its items; `item` is None when every item of the part has an answer."""

    assessment: Assessment
    rating: Rating
    items: tuple[Item, ...]
    answers: Mapping[int, Answer]
    item: Item | None
    summaries: tuple[PartSummary, ...]

    @property
    def place(self) -> int:
        """Returns which part of the interview this is, from 1."""
        return self.rating.parts.index(self.assessment) + 1

    @property
    def missing(self) -> tuple[int, ...]:
        """Returns the items of this part without an answer."""
        return queries.missing_in(self.assessment, self.answers)

    @property
    def anything_missing(self) -> bool:
        """Returns whether any part has an item without an answer."""
        return any(summary.missing for summary in self.summaries)

    @property
    def guesses(self) -> bool:
        """Returns whether the interview holds a guess at the treatment that was answered."""
        answered = [summary.assessment for summary in self.summaries if not summary.missing]
        return any(is_guess(definition_of(part.protocol_version), part.instrument) for part in answered)

    @property
    def here(self) -> str:
        """Returns the address of the item in hand."""
        return item_url(self.assessment, self.item.number if self.item else None)

    @property
    def previous_url(self) -> str:
        """Returns the address of the item before, or nothing at the first."""
        return item_url(self.assessment, self.item.number - 1) if self.item and self.item.number > 1 else ""

    @property
    def following(self) -> int | None:
        """Returns the number of the item after the one in hand, or None at the end of the part."""
        if self.item is None or self.item.number >= len(self.items):
            return None
        return self.item.number + 1

    @property
    def next_url(self) -> str:
        """Returns where to go from here: the item after, else on to what is still open."""
        return item_url(self.assessment, self.following) if self.following else self.way_on

    @property
    def way_on(self) -> str:
        """Returns the address of the first open item of the interview, else of the lock."""
        ahead = self.summaries[self.place - 1 :] + self.summaries[: self.place - 1]
        unfinished = next((summary for summary in ahead if summary.missing), None)
        return unfinished.url if unfinished else self.lock_url

    @property
    def lock_url(self) -> str:
        """Returns the address at which the interview is checked and locked."""
        return reverse("assessments:rating-lock", args=[self.assessment.public_id])

    @property
    def three_answers(self) -> list[tuple[str, object, str]]:
        """Returns the answers at the top of the page."""
        count, left = len(self.items), len(self.missing)
        part = f"part {self.place} of {len(self.rating.parts)}" if len(self.rating.parts) > 1 else ""
        return [
            ("Answered", f"{count - left} of {count}", part),
            ("Still open", left or "Nothing", _codes(self.items, self.missing)),
            ("Scores", "Hidden", "until you lock"),
        ]

    @property
    def lock_answers(self) -> list[tuple[str, object, str]]:
        """Returns the answers at the top of the page that locks."""
        asked = sum(summary.asked for summary in self.summaries)
        left = sum(len(summary.missing) for summary in self.summaries)
        return [
            ("Answered", f"{asked - left} of {asked}", ""),
            ("Still open", left or "Nothing", "stay incomplete, with your reason" if left else "ready to lock"),
            ("Afterwards", "Signed", "an answer is corrected with a reason"),
        ]

    @property
    def locked_answers(self) -> list[tuple[str, object, str]]:
        """Returns the answers at the top of the page of a locked interview."""
        complete = sum(not summary.missing for summary in self.summaries)
        return [
            ("State", "Locked", "an answer is corrected with reason and signature"),
            ("Complete", f"{complete} of {len(self.summaries)}", "parts with every item answered"),
            ("Next", "Your list", "what else waits for you"),
        ]

    @property
    def is_from_recording(self) -> bool:
        """Returns whether it is rated from the recording, as one more rating of the same interview."""
        return self.assessment.respondent == SECOND

    @property
    def may_correct(self) -> bool:
        """Returns whether answers of this part may be corrected after the lock; a guess stands as it was made."""
        return not is_guess(definition_of(self.assessment.protocol_version), self.assessment.instrument)

    @property
    def locked_rows(self) -> list[tuple[Item, str]]:
        """Returns the items of this part with the answers that stand, in words."""
        return [(item, shown_answer(item, self.answers.get(item.number))) for item in self.items]

    @property
    def groups(self) -> list[tuple[str, list[MapCell]]]:
        """Returns the map of the part: its items in the groups of the form."""
        current = self.item.number if self.item else None
        cells = [
            MapCell(
                item,
                answered=self.answers.get(item.number) is not None,
                current=item.number == current,
                url=item_url(self.assessment, item.number),
            )
            for item in self.items
        ]
        return [(name, list(group)) for name, group in groupby(cells, key=lambda cell: cell.item.group)]


def page_of(assessment: Assessment, *, number: int | None = None) -> RatingPage:
    """Returns the page of an interview at an item, by default the first of the part that has no answer."""
    rating = queries.rating_with(assessment)
    items = queries.worded_items(assessment)
    answers = queries.answers_by_assessment(rating.parts)
    own = answers.get(assessment.pk, {})
    wanted = number or next((item.number for item in items if own.get(item.number) is None), None)
    item = next((item for item in items if item.number == wanted), None)
    summaries = tuple(
        _summary(part, place, answers.get(part.pk, {})) for place, part in enumerate(rating.parts, start=1)
    )
    return RatingPage(assessment, rating, items, own, item, summaries)


def item_url(assessment: Assessment, number: int | None) -> str:
    """Returns the address of an item."""
    address = reverse("assessments:rating-detail", args=[assessment.public_id])
    return f"{address}?item={number}" if number else address


def score_rows(rating: Rating) -> list[tuple[str, list[AssessmentScore]]]:
    """Returns the computed scores of each locked part."""
    locked = [part for part in rating.parts if part.state == AssessmentState.LOCKED]
    found = queries.standing_scores(locked)
    return [(part.instrument, found.get(part.pk, [])) for part in locked]


def _summary(part: Assessment, place: int, answers: Mapping[int, Answer]) -> PartSummary:
    items, open_ones = queries.items_for(part), queries.missing_in(part, answers)
    missing = tuple(item for item in items if item.number in open_ones)
    return PartSummary(part, place, len(items), missing, item_url(part, missing[0].number if missing else 1))


def _codes(items: tuple[Item, ...], numbers: tuple[int, ...]) -> str:
    codes = [item.code for item in items if item.number in numbers]
    return ", ".join(codes[:6]) + (" …" if len(codes) > 6 else "")
