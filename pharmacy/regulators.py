"""The calls of the unblinded room by which a case is reported to regulators; each has its function in the database."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.models import Person
from pharmacy.allocation import UNBLINDED, call, in_the_room


@dataclass(frozen=True)
class Sent:
    """That a report went to a receiver, with the number by which that can be found again."""

    receiver: str
    name: str
    reference: str
    sent_at: datetime


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
    return [RegulatorCase(*[*row[:10], row[10] or "", row[11], row[12] or "", _sent(row[13] or "[]")]) for row in rows]


def ask_to_report(key: str, *, related: Iterable[str], reason: str, by: Person, at: datetime) -> int:
    """Commits the question to the log and returns the id of its row."""
    with in_the_room(by=by, reason=reason):
        values = [key, list(related), reason, at]
        return int(call(UNBLINDED, "SELECT allocation.ask_to_report(%s, %s, %s, %s)", values)[0][0])


def reveal_case(log_id: int, *, key: str, by: Person) -> RevealedCase:
    """Returns what a committed question of the same person asks for."""
    with in_the_room(by=by, reason="Case unblinded for regulators"):
        return RevealedCase(*call(UNBLINDED, "SELECT * FROM allocation.reveal_case(%s, %s)", [log_id, key])[0])


def keep_report(
    log_id: int, *, key: str, unblinded_key: str, content: str, digest: str, by: Person, at: datetime
) -> None:
    """Keeps an unblinded report where no login can read it."""
    with in_the_room(by=by, reason="Unblinded report made"):
        values = [log_id, key, unblinded_key, content, digest, at]
        call(UNBLINDED, "SELECT allocation.keep_regulator_report(%s, %s, %s, %s, %s, %s)", values)


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


def _sent(text: str) -> tuple[Sent, ...]:
    return tuple(
        Sent(row["receiver"], row["name"], row["reference"], datetime.fromisoformat(row["sent_at"]))
        for row in json.loads(text)
    )
