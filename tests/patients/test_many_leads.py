"""Ten thousand leads: each page takes eight statements at most beyond the frame, as it does for a few."""

from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.contributions import contribution
from patients.models import ContactAttempt, Lead, PreScreen
from tests.architecture.test_statements import BOOKKEEPING, frame_of
from tests.conftest import size

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
MOST = 8
LISTS = ("lead-list", "waiting-list", "recruitment-funnel", "lead-add")


def many_leads(world, *, count, by):
    """Adds leads of every state, with two attempts and the first questions each, past the actions for speed."""
    site, with_by = world.sites["A"], {"site": world.sites["A"], "recorded_by": by}
    with contribution(by=by, reason="Arranged by the test"):
        leads = Lead.objects.bulk_create(
            Lead(
                number=f"{site.code}-L{number}", source="referral", heard_on=AT.date(),
                next_contact_on=AT.date() + timedelta(days=number % 9), submission_id=uuid4(), **with_by,
            )
            for number in range(1, count + 1)
        )  # fmt: skip
        for model, more in (
            (ContactAttempt, {"attempted_at": AT, "channel": "phone", "outcome": "reached"}),
            (ContactAttempt, {"attempted_at": AT, "channel": "email", "outcome": "reached"}),
            (PreScreen, {"protocol_version": world.version, "answers": {}, "result": "passed", "observed_at": AT}),
        ):
            model.objects.bulk_create(model(lead=lead, submission_id=uuid4(), **more, **with_by) for lead in leads)
        numbers = [lead.pk for lead in leads]
        Lead.objects.filter(pk__in=numbers[: count * 3 // 4]).update(state="in_contact")
        waiting = Lead.objects.filter(pk__in=numbers[: count // 4])
        waiting.update(state="waiting", waiting_rank=F("pk"), waiting_reason="No room yet")
        Lead.objects.filter(pk__in=numbers[count // 4 : count // 2]).update(state="closed", close_reason="too_far")
    return leads


@pytest.mark.django_db(databases=["default", "unblinded"])
def test_pages_of_many_leads_take_few_statements(world, ben, client_for, evidence):
    count = size(small=60, full=10_000)
    leads = many_leads(world, count=count, by=ben)
    browser = client_for(ben)
    frame = frame_of(browser)
    addresses = {name: reverse(f"patients:{name}") for name in LISTS}
    addresses["lead-detail"] = reverse("patients:lead-detail", args=[leads[0].public_id])

    taken, seconds = {}, {}
    for name, address in addresses.items():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        taken[name] = sum(not query["sql"].startswith(BOOKKEEPING) for query in captured) - frame
        seconds[name] = round(median(_timed(browser, address) for _ in range(5)), 3)

    assert {name: number for name, number in taken.items() if number > MOST} == {}
    evidence("leads", leads=count, statements_beyond_the_frame=taken, median_seconds=seconds)


def _timed(browser, address):
    began = perf_counter()
    browser.get(address)
    return perf_counter() - began
