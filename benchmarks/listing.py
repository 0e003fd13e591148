"""The listing of adverse events over a hundred thousand of them, as a ratio to the floor in alternating runs."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import django
from django.urls import reverse

from benchmarks.load import served
from benchmarks.pages import AT, MOST, PEOPLE, READER, against_floor, cookie_of
from launch.folders import free_port

EVENTS = 100_000
TERMS = ("Headache", "Nausea", "Muscle tension", "Insomnia", "Anxiety", "Fatigue", "Jaw clenching", "Dizziness")


def run() -> dict[str, Any]:
    """Returns the ratio of the listing's pages, the median of five runs that alternate with the floor."""
    django.setup()
    from tests.databases import environment_for

    with tempfile.TemporaryDirectory() as folder, _many_events() as (database, cookie, addresses, built_s):
        logs = Path(folder)
        environment = environment_for(database) | {"VIGIL_ENVIRONMENT": "test"}
        floor = served("benchmarks.floor", port=free_port(), environment=dict(os.environ), log=logs / "floor.log")
        vigil = served("config.wsgi", port=free_port(), environment=environment, log=logs / "vigil.log")
        with floor as plain, vigil as product:
            pages = {name: against_floor(plain, f"{product}{address}", cookie) for name, address in addresses.items()}
    return {
        "events": EVENTS,
        "built_in_s": built_s,
        "pages": pages,
        "bar": MOST,
        "met": all(page["ratio"] <= MOST for page in pages.values()),
    }


@contextmanager
def _many_events() -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Makes the events in a database of its own; yields name, cookie, pages and the seconds it took."""
    from benchmarks.large_trial import add_events, add_participants
    from core.contributions import reading_as
    from safety.models import EventLine
    from tests.cast import build_world
    from tests.databases import connected_to, copied_database, owner_cursor, template_database

    with copied_database(template_database()) as name, connected_to(name):
        world = build_world()
        ben, ada, site = world.people[READER], world.people["ada"], world.sites["A"]
        began = perf_counter()
        with reading_as(ben):
            people = add_participants(site, world.version, number=PEOPLE, by=ben, investigator=ada, at=AT)
            add_events(people, each=EVENTS // PEOPLE, terms=TERMS, by=ben, at=AT)
            deep = EventLine.objects.order_by("-aware_at", "-event_id")[EVENTS // 2]
        built_s = round(perf_counter() - began, 1)
        with owner_cursor(name) as cursor:
            cursor.execute("UPDATE clock.state SET held_at = %s", [AT])
            cursor.execute("ANALYZE")
        listing = reverse("safety:adverse-event-list")
        yield (
            name,
            cookie_of(ben),
            {
                "first page": listing,
                "first page, serious": f"{listing}?serious=yes",
                "first page by term": f"{listing}?order=term",
                "half way down": f"{listing}?after={deep.event_id}~{deep.aware_at:%Y-%m-%dT%H:%M:%S%%2B00:00}",
            },
            built_s,
        )
