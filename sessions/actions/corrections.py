"""Corrections of entries: a new row beside the old one, which stays readable, with the reason."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from sessions.actions.entries import (
    EFFECT_FIELDS,
    Further,
    Stamp,
    append_entry,
    check_distress,
    check_move,
    check_staff,
    check_vitals,
    effect_values,
    judged_vitals,
)
from sessions.models import (
    DistressRating,
    FluidIntake,
    MedicineGiven,
    ObservedEffect,
    PhysicianCall,
    RoomPresence,
    SessionEntry,
    SessionNote,
    VitalSigns,
)

Entry = TypeVar("Entry", bound=SessionEntry)
AMENDABLE = (
    VitalSigns, ObservedEffect, RoomPresence, SessionNote, DistressRating, MedicineGiven, FluidIntake, PhysicianCall,
)  # fmt: skip
DESCRIBED = "How it was felt was asked"
# The page offers the undoing for some seconds; a slow line needs a few more.
UNDO_WITHIN = timedelta(seconds=60)
BASE_COLUMNS = frozenset(
    {
        "paper",
        "id",
        "public_id",
        "site",
        "recorded_at",
        "recorded_by",
        "session",
        "captured_at",
        "submission_id",
        "amends",
        "reason",
        "withdrawn",
    }
)


def amend_entry(
    entry: Entry,
    *,
    changes: Mapping[str, Any],
    reason: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> Entry:
    """Writes a corrected entry beside the old one.

    Raises Refused without a reason and Conflict when somebody else corrected it first.
    """
    if not reason.strip():
        raise Refused("Say why the entry is corrected.", field="reason")
    if not isinstance(entry, AMENDABLE):
        raise Refused("Take this entry back, and record it again.")
    session = entry.session
    values = _content(entry) | dict(changes)
    observed_at = values.pop("observed_at")
    stamp = Stamp(observed_at, submission_id, **further)
    if isinstance(entry, VitalSigns):
        check_vitals(session, values)
        values = judged_vitals(session, values, stamp, without=entry)
    elif isinstance(entry, DistressRating):
        check_distress(session, values["score"])
    elif isinstance(entry, ObservedEffect):
        values |= effect_values(session, **{name: values[name] for name in EFFECT_FIELDS})
    elif isinstance(entry, RoomPresence):
        check_move(session, values["person"], values["direction"], at=observed_at, without=entry)
    return _replace(entry, values, stamp, reason=reason, by=by, at=at)


def describe_effect(
    effect: ObservedEffect, *, valence: str, severity: str, submission_id: UUID, by: Person, at: datetime
) -> ObservedEffect:
    """Adds how something observed was felt, and how strong it was; the tap that recorded it stands as it was.

    Raises Conflict when somebody else described it first.
    """
    if valence not in ("welcome", "neutral", "unwelcome"):
        raise Refused("Say how it was felt.", field="valence")
    changes = {"observed_at": effect.observed_at, "valence": valence, "severity": severity}
    return amend_entry(effect, changes=changes, reason=DESCRIBED, submission_id=submission_id, by=by, at=at)


def undo_entry(entry: Entry, *, submission_id: UUID, by: Person, at: datetime) -> Entry:
    """Takes back what the same person recorded a moment ago, without a word on why.

    Raises Refused for an entry of somebody else, and once the moment is over: then a reason is asked for.
    """
    if entry.recorded_by_id != by.pk:
        raise Refused("Only whoever recorded an entry undoes it. Take it back with the reason.")
    if at - entry.recorded_at > UNDO_WITHIN:
        raise Refused("It is too late to undo this. Take it back with the reason.")
    return withdraw_entry(entry, reason="Undone at once", submission_id=submission_id, by=by, at=at)


def withdraw_entry(
    entry: Entry,
    *,
    reason: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
    **further: Unpack[Further],
) -> Entry:
    """Takes an entry back: it stays readable, and a row beside it says who took it back and why.

    Raises Refused without a reason and Conflict when somebody else corrected it first.
    """
    if not reason.strip():
        raise Refused("Say why the entry is taken back.", field="reason")
    values = _content(entry)
    stamp = Stamp(values.pop("observed_at"), submission_id, **further)
    return _replace(entry, values | {"withdrawn": True}, stamp, reason=reason, by=by, at=at)


def _replace(entry: Entry, values: Mapping[str, Any], stamp: Stamp, *, reason: str, by: Person, at: datetime) -> Entry:
    session = entry.session
    try:
        with transaction.atomic(), contribution(by=by, reason=reason):
            content = {**values, "amends": entry, "reason": reason}
            replaced = append_entry(type(entry), session, stamp, content, by=by, at=at)
            if isinstance(replaced, RoomPresence):
                check_staff(session, replaced, at=at)
            return replaced
    except IntegrityError as error:
        raise Conflict("Somebody else corrected this entry first. Look at the new entry, then decide.") from error


def _content(entry: SessionEntry) -> dict[str, Any]:
    return {f.name: getattr(entry, f.name) for f in entry._meta.concrete_fields if f.name not in BASE_COLUMNS}
