"""The calls of the unblinded room by which a case is reported to regulators; each has its function in the database."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.models import Person
from pharmacy.allocation import UNBLINDED, call, in_the_room
from pharmacy.sealing import said


@dataclass(frozen=True)
class Answered:
    """What a receiver answered to an unblinded report: codes of batch and report (ACK.A.4, ACK.B.r.6), and words."""

    number: str
    batch_code: str
    report_code: str
    words: str
    read_at: datetime

    @property
    def is_taken(self) -> bool:
        """Returns whether the receiver took the report."""
        return self.report_code == "CA" if self.report_code else self.batch_code == "AA"


@dataclass(frozen=True)
class Sent:
    """That a report went to a receiver, with the number by which that can be found again, and what was answered."""

    receiver: str
    name: str
    reference: str
    sent_at: datetime
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True)
class WaitingCase:
    """A case that waits for its unblinded report, with the clock of its event that ends first; no arm is in it."""

    key: str
    number: str
    is_made: bool
    clock: str
    starts_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True)
class RegulatorCase:
    """A serious case that is an unexpected reaction, with the blinded report it rests on; no arm is in it.

    `key` is the public id of the blinded report, `unblinded_key` that of the unblinded one, or empty.
    """

    key: str
    subject: str
    site: str
    term: str
    causality: str
    sponsor_causality: str
    aware_at: datetime
    number: str
    kind: str
    reported_at: datetime
    unblinded_key: str
    unblinded_at: datetime | None
    unblinded_by: str
    sent: tuple[Sent, ...]


@dataclass(frozen=True)
class RevealedCase:
    """What a committed question answers: the arm, the blinded report and the version of the protocol."""

    arm: str
    content: str
    protocol_digest: str


def cases(*, related: Iterable[str], by: Person) -> list[RegulatorCase]:
    """Returns the cases that regulators are told of, the newest first; the reading is logged."""
    with in_the_room(by=by, reason="Cases for regulators"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.regulator_cases(%s)", [list(related)])
    return [_case(row) for row in rows]


def case(key: str, *, related: Iterable[str], by: Person) -> RegulatorCase | None:
    """Returns one case by its blinded report, or None where it is none that regulators are told of; logged."""
    with in_the_room(by=by, reason="Case for regulators"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.regulator_case(%s, %s)", [key, list(related)])
    return _case(rows[0]) if rows else None


def waiting_cases(*, related: Iterable[str], of_site: Iterable[str]) -> list[WaitingCase]:
    """Returns the cases that wait for an unblinded report, the nearest clock first, to who holds the room.

    One statement, on the login of the runtime, which learns nothing of an arm. `of_site`: clocks that sites answer for.
    """
    rows = call("default", "SELECT * FROM allocation.regulator_calls(%s, %s)", [list(related), list(of_site)])
    return [WaitingCase(key, number, made, rule or "", start, due) for key, number, made, rule, start, due in rows]


def ask_to_report(key: str, *, related: Iterable[str], reason: str, by: Person, at: datetime) -> int:
    """Commits the question to the log and returns the id of its row."""
    with in_the_room(by=by, reason=reason):
        values = [key, list(related), reason, at]
        return int(call(UNBLINDED, "SELECT allocation.ask_to_report(%s, %s, %s, %s)", values)[0][0])


def reveal_case(log_id: int, *, key: str, by: Person) -> RevealedCase:
    """Returns what a committed question of the same person asks for."""
    with in_the_room(by=by, reason="Case unblinded for regulators"):
        return RevealedCase(*call(UNBLINDED, "SELECT * FROM allocation.reveal_case(%s, %s)", [log_id, key])[0])


def keep_report(log_id: int, *, key: str, unblinded_key: str, content: str, by: Person, at: datetime) -> None:
    """Keeps an unblinded report where no login can read it."""
    with in_the_room(by=by, reason="Unblinded report made"):
        values = [log_id, key, unblinded_key, said(content), at]
        call(UNBLINDED, "SELECT allocation.keep_regulator_report(%s, %s, %s, allocation.told(%s), %s)", values)


def report_of(key: str, *, by: Person) -> tuple[str, str] | None:
    """Returns an unblinded report with the digest of its protocol, or None; the reading is logged."""
    with in_the_room(by=by, reason="Unblinded report read"):
        rows = call(UNBLINDED, "SELECT * FROM allocation.regulator_report(%s)", [key])
    return rows[0] if rows else None


def record_sent(key: str, *, receiver: str, name: str, reference: str, by: Person, at: datetime) -> None:
    """Records that an unblinded report was sent; the blinded side learns that, and no more. Twice is once."""
    with in_the_room(by=by, reason=f"Unblinded report sent to {name}"):
        values = [key, receiver, name, reference, at]
        call(UNBLINDED, "SELECT allocation.record_regulator_transmission(%s, %s, %s, %s, %s)", values)


def keep_answer(key: str, *, receiver: str, answer: Answered, content: str, by: Person) -> None:
    """Keeps what a receiver answered where no login can read it; the same file twice is kept once."""
    with in_the_room(by=by, reason=f"Acknowledgement {answer.number} kept"):
        values = [
            key, receiver, answer.number, answer.batch_code, answer.report_code, said(answer.words), said(content),
            answer.read_at,
        ]  # fmt: skip
        statement = (
            "SELECT allocation.keep_regulator_answer(%s, %s, %s, %s, %s, allocation.told(%s), allocation.told(%s), %s)"
        )
        call(UNBLINDED, statement, values)


def _case(row: Sequence[Any]) -> RegulatorCase:
    return RegulatorCase(*[*row[:10], row[10] or "", row[11], row[12] or "", _sent(row[13] or "[]")])


def _sent(text: str) -> tuple[Sent, ...]:
    return tuple(
        Sent(row["receiver"], row["name"], row["reference"], datetime.fromisoformat(row["sent_at"]), _answers(row))
        for row in json.loads(text)
    )


def _answers(row: Mapping[str, Any]) -> tuple[Answered, ...]:
    return tuple(Answered(**each | {"read_at": datetime.fromisoformat(each["read_at"])}) for each in row["answers"])
