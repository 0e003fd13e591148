"""Pages over ten thousand leads and a thousand participants, each as a ratio to the floor in alternating runs."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import django
from django.urls import reverse

from benchmarks.load import p95, seconds_of, served
from launch.folders import free_port

LEADS, PEOPLE = 10_000, 1_000
RUNS, REQUESTS, WARMING, MOST = 5, 80, 24, 3.0
AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
READER = "ben"


def run() -> dict[str, Any]:
    """Returns the ratio of each page, the median of five runs that alternate with the floor."""
    django.setup()
    from tests.databases import environment_for

    with tempfile.TemporaryDirectory() as folder, _large_trial() as (database, cookie, addresses, built_s):
        logs = Path(folder)
        environment = environment_for(database) | {"VIGIL_ENVIRONMENT": "test"}
        floor = served("benchmarks.floor", port=free_port(), environment=dict(os.environ), log=logs / "floor.log")
        vigil = served("config.wsgi", port=free_port(), environment=environment, log=logs / "vigil.log")
        with floor as plain, vigil as product:
            pages = {name: against_floor(plain, f"{product}{address}", cookie) for name, address in addresses.items()}
    return {
        "leads": LEADS,
        "participants": PEOPLE,
        "built_in_s": built_s,
        "pages": pages,
        "bar": MOST,
        "met": all(page["ratio"] <= MOST for page in pages.values()),
    }


def against_floor(floor: str, page: str, cookie: str) -> dict[str, float]:
    """Returns the p95 of the floor and of a page, and their ratio, each the median of runs that alternate."""
    seconds_of(floor, requests=WARMING)
    seconds_of(page, requests=WARMING, cookie=cookie)
    pairs = [
        (p95(seconds_of(floor, requests=REQUESTS)), p95(seconds_of(page, requests=REQUESTS, cookie=cookie)))
        for _ in range(RUNS)
    ]
    figures = {
        "floor_p95_ms": round(median(floor_ms for floor_ms, _ in pairs), 1),
        "page_p95_ms": round(median(page_ms for _, page_ms in pairs), 1),
        "ratio": round(median(page_ms / floor_ms for floor_ms, page_ms in pairs), 2),
    }
    print(page, figures, flush=True)
    return figures


@contextmanager
def _large_trial() -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Makes the trial in a database of its own; yields name, cookie, pages and the seconds it took."""
    from benchmarks.large_trial import add_leads, add_participants
    from core.contributions import reading_as
    from patients.models import Participant
    from tests.cast import build_world
    from tests.databases import connected_to, copied_database, owner_cursor, template_database

    with copied_database(template_database()) as name, connected_to(name):
        world = build_world()
        ben, ada, site = world.people[READER], world.people["ada"], world.sites["A"]
        began = perf_counter()
        with reading_as(ben):
            add_leads(site, world.version, number=LEADS, by=ben, at=AT)
            add_participants(site, world.version, number=PEOPLE, by=ben, investigator=ada, at=AT)
            somebody = Participant.objects.filter(status="randomised").earliest("pk")
            screened = Participant.objects.filter(status="screening").latest("pk")
        built_s = round(perf_counter() - began, 1)
        with owner_cursor(name) as cursor:
            cursor.execute("UPDATE clock.state SET held_at = %s", [AT])
            cursor.execute("ANALYZE")
        yield (
            name,
            cookie_of(ben),
            {
                "worklist": reverse("overview:worklist"),
                "matrix": reverse("overview:matrix"),
                "screening list": reverse("patients:screening-list"),
                "screening of one": reverse("patients:screening", args=[screened.public_id]),
                "leads": reverse("patients:lead-list"),
                "participant": reverse("overview:timeline", args=[somebody.public_id]),
            },
            built_s,
        )


def cookie_of(person: Any) -> str:
    """Returns the cookie of a browser in which the person is signed in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
