"""Reads on what is held for a visit: rooms and people, and when they are free."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from core.models import Person
from sessions.models import Booking, Room

if TYPE_CHECKING:
    from patients.models import Visit


def bookings_at(
    *, starts_at: datetime, ends_at: datetime, room: Room | None = None, person: Person | None = None
) -> list[Booking]:
    """Returns what holds a room or a person within a span of time."""
    found = Booking.objects.filter(released_at__isnull=True, starts_at__lt=ends_at, ends_at__gt=starts_at)
    found = found.filter(room=room) if room is not None else found.filter(person=person)
    return list(found.select_related("visit__participant").order_by("starts_at", "id"))


def bookings_of(visit: "Visit") -> list[Booking]:
    """Returns what is held for a visit: the room first, then the people."""
    found = Booking.objects.filter(visit=visit, released_at__isnull=True).select_related("room", "person")
    return list(found.order_by("person_id", "id"))


@dataclass(frozen=True)
class RoomDay:
    """A room with what is held in it from a moment on."""

    room: Room
    bookings: list[Booking]


def rooms_with_bookings(site_ids: set[int], *, at: datetime) -> list[RoomDay]:
    """Returns the rooms of some sites, each with what is held in it from a moment on."""
    rooms = list(
        Room.objects.filter(site_id__in=site_ids, in_use=True).select_related("site").order_by("site_id", "name")
    )
    held: dict[int | None, list[Booking]] = {}
    coming = Booking.objects.filter(room__in=rooms, released_at__isnull=True, ends_at__gt=at)
    for booking in coming.select_related("visit__participant").order_by("starts_at", "id"):
        held.setdefault(booking.room_id, []).append(booking)
    return [RoomDay(room, held.get(room.pk, [])) for room in rooms]


def rooms_of(site_id: int) -> QuerySet[Room]:
    """Returns the rooms of a site that are in use."""
    return Room.objects.filter(site_id=site_id, in_use=True).order_by("name")


def next_free(clash: Booking, *, after: datetime, length: timedelta) -> datetime:
    """Returns from when on what clashes, a room or a person, is free for so long."""
    of_it = {"room": clash.room} if clash.room_id else {"person": clash.person}
    later = Booking.objects.filter(released_at__isnull=True, ends_at__gt=after, **of_it).order_by("starts_at", "id")
    free_from = after
    for starts_at, ends_at in later.values_list("starts_at", "ends_at"):
        if starts_at >= free_from + length:
            break
        free_from = max(free_from, ends_at)
    return free_from


def moment_in_words(moment: datetime, *, zone: str) -> str:
    """Returns day and time by the clock of a site."""
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %b %H:%M}"


def span_in_words(starts_at: datetime, ends_at: datetime, *, zone: str) -> str:
    """Returns a span of time by the clock of a site."""
    local = ends_at.astimezone(ZoneInfo(zone))
    same_day = local.date() == starts_at.astimezone(ZoneInfo(zone)).date()
    return f"{moment_in_words(starts_at, zone=zone)} to {f'{local:%H:%M}' if same_day else f'{local:%-d %b %H:%M}'}"
