"""People who are not in the trial, or not yet: leads in every state, so that the funnel has something true to show."""

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from core.contributions import reading_as
from core.models import Person
from demo.people import SITES
from demo.simulation.background import profile
from demo.simulation.engine import play
from demo.stage import Stage
from patients import actions as patients
from patients.actions import Attempt
from patients.identity import IdentityDetails
from patients.models import Lead
from protocol.definition import Recruitment
from trials.queries import definition_of

# What becomes of each, and how many days before the end somebody heard of the person; the order is that of the people.
FATES: tuple[tuple[str, int], ...] = (
    ("new", 0), ("new", 1), ("new", 2), ("trying", 9), ("trying", 6), ("trying", 16), ("reached", 4), ("reached", 8),
    ("reached", 12), ("waiting", 40), ("waiting", 33), ("waiting", 27), ("waiting", 21), ("unsuitable", 60),
    ("unsuitable", 88), ("unsuitable", 130), ("unsuitable", 45), ("not_reached", 75), ("not_reached", 140),
    ("not_interested", 52), ("not_interested", 110), ("too_far", 97), ("medicine", 66), ("other_care", 150),
    ("no_contact", 35),
)  # fmt: skip
CLOSED = frozenset({"not_reached", "not_interested", "too_far", "medicine", "other_care", "no_contact"})
NOBODY_ANSWERS = ("trying", "not_reached")


def play_leads(stage: Stage, *, seed: int, until: datetime, of_sites: Collection[str]) -> None:
    """Plays the leads of some sites that do not come into the trial, in the order of time."""
    values = profile()
    courses = [LeadCourse(stage, place, values, seed, until) for place in range(len(FATES))]
    play([iter(course) for course in courses if course.site.code in of_sites], until=until)


@dataclass
class LeadCourse:
    """What happens to one lead until the end of the simulation."""

    stage: Stage
    place: int
    profile: Mapping[str, Any]
    seed: int
    until: datetime
    lead: Lead = field(init=False)

    def __post_init__(self) -> None:
        self.fate, self.days = FATES[self.place]
        self.site = self.stage.sites[SITES[self.place % len(SITES)].code]
        self.dice = random.Random(f"{self.seed}:{self.place}:lead")

    def __iter__(self) -> Iterator[datetime]:
        """Yields the moment of each next step and takes it when resumed."""
        heard_on = self.until.astimezone(ZoneInfo(self.site.zone)).date() - timedelta(days=self.days)
        at = self.moment(heard_on, 8)
        yield at
        self._hear(heard_on, at=at)
        if self.fate == "new":
            return
        attempts = 3 if self.fate in NOBODY_ANSWERS else self.dice.randint(1, 2)
        for number in range(attempts):
            at = self.moment(heard_on + timedelta(days=1 + 2 * number), 10)
            yield at
            # The last one says when the person is called next, which lies around the end of the simulation.
            soon = self.until.date() + timedelta(days=self.dice.randint(-1, 7))
            self._try(number, next_on=soon if number == attempts - 1 else at.date() + timedelta(days=2), at=at)
        at += timedelta(minutes=40)
        yield at
        self._end(at)

    def moment(self, day: date, hour: int) -> datetime:
        """Returns a moment by the site's clock."""
        return datetime.combine(day, time(hour, 15), tzinfo=ZoneInfo(self.site.zone)).astimezone(ZoneInfo("UTC"))

    @property
    def coordinator(self) -> Person:
        """The site's coordinator."""
        return self.stage.at(self.site.code, 0)

    @property
    def recruitment(self) -> Recruitment:
        """What the protocol says of the first contact."""
        return definition_of(self.stage.version).recruitment

    def key(self, step: str) -> UUID:
        """Returns the id of one submission."""
        return uuid5(NAMESPACE_OID, f"{self.seed}:{self.place}:{step}")

    def _hear(self, heard_on: date, *, at: datetime) -> None:
        first, last = self.dice.choice(self.profile["first_names"]), self.dice.choice(self.profile["last_names"])
        details = IdentityDetails(
            f"{first} {last}",
            date(self.dice.randint(1964, 2002), self.dice.randint(1, 12), self.dice.randint(1, 28)),
            email=f"{first.lower()}.{last.lower()}.{self.place}@example.org",
        )
        with reading_as(self.coordinator):
            self.lead = patients.add_lead(
                site=self.site,
                identity=details,
                source=self.dice.choice(sorted(self.recruitment.sources)),
                heard_on=heard_on,
                next_contact_on=heard_on + timedelta(days=1),
                known_already=True,
                submission_id=self.key("heard"),
                by=self.coordinator,
                at=at,
            )

    def _try(self, number: int, *, next_on: date, at: datetime) -> None:
        answered = self.fate not in NOBODY_ANSWERS
        attempt = Attempt(
            at,
            "phone" if number % 2 == 0 else "email",
            "reached" if answered else "no_answer" if number % 2 == 0 else "message_left",
            max(next_on, at.date() + timedelta(days=1)),
        )
        with reading_as(self.coordinator):
            patients.record_attempt(
                self.lead, attempt, submission_id=self.key(f"attempt {number}"), by=self.coordinator, at=at
            )

    def _end(self, at: datetime) -> None:
        with reading_as(self.coordinator):
            if self.fate in CLOSED:
                patients.close_lead(self.lead, reason=self.fate, note="", by=self.coordinator, at=at)
            if self.fate in ("waiting", "unsuitable"):
                ask_first_questions(
                    self.lead,
                    self.recruitment,
                    against=self.dice.randrange(len(self.recruitment.questions)) if self.fate == "unsuitable" else None,
                    submission_id=self.key("questions"),
                    by=self.coordinator,
                    at=at,
                )
            if self.fate == "waiting":
                patients.put_on_waiting_list(
                    self.lead, reason="Waits for a free therapist pair", by=self.coordinator, at=at
                )


def ask_first_questions(
    lead: Lead, recruitment: Recruitment, *, against: int | None, submission_id: UUID, by: Person, at: datetime
) -> None:
    """Records answers that pass, or one that speaks against."""
    answers = {
        question.code: question.wanted != (place == against) for place, question in enumerate(recruitment.questions)
    }
    patients.record_prescreen(lead, answers=answers, observed_at=at, submission_id=submission_id, by=by, at=at)
