"""The demo trial: reproducible, real, and behind a door that production does not have."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from core.contributions import reading_as
from core.models import Person
from demo.amendment import amended_at
from demo.digest import digest_of_trial
from demo.models import DemoLoad
from demo.people import SITES
from demo.simulation.plans import opened_at, plans, plans_of_site
from demo.simulation.run import play_plans
from demo.stage import set_stage
from patients.actions import recheck_all
from patients.models import Consent, EligibilityAssessment, Participant
from safety.models import ReportingClock
from sessions.models import DosingSession, VitalSigns
from tests.conftest import size
from tests.databases import ROOT, connected_to, copied_database

UNTIL = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def simulated(template, django_db_blocker):
    def simulate(seed, people=size(small=4, full=40)):
        with copied_database(template) as name, connected_to(name):
            call_command("simulate", participants=people, seed=seed, until=UNTIL)
            with reading_as(Person.objects.system("setup")):
                verdicts = EligibilityAssessment.objects.order_by("id")
                found = {
                    "digest": digest_of_trial(),
                    "participants": Participant.objects.count(),
                    "running": DosingSession.objects.filter(state="dosed").count(),
                    "hours": VitalSigns.objects.filter(session__state="dosed").count(),
                    "judged": sorted({verdict.participant_id for verdict in verdicts}),
                    "enrolled": sorted(Participant.objects.exclude(enrolled_at=None).values_list("pk", flat=True)),
                    "differences": [each.differences for each in recheck_all(verdicts) if each.differences],
                    "clocks": ReportingClock.objects.filter(met_at__isnull=True).count(),
                }
            assert {load.seed for load in DemoLoad.objects.all()} == {seed}
            return found

    with django_db_blocker.unblock():
        yield simulate


@pytest.mark.prove
def test_same_seed_and_end_give_the_same_trial(simulated, evidence):
    first, again = simulated(7), simulated(7)

    assert first == again
    assert first["running"] == 1
    assert len(first["enrolled"]) >= 2
    # Nobody is in the trial without a verdict, and every verdict comes out again as it was.
    assert set(first["enrolled"]) <= set(first["judged"]) and first["differences"] == []
    assert first["hours"] >= 5
    assert first["clocks"] >= 1
    evidence("simulation", seeds=[7, 7], until=UNTIL, first=first, again=again)


def test_another_seed_gives_another_trial():
    one, other = (plans(participants=40, seed=seed, until=UNTIL) for seed in (7, 8))

    assert one != other and plans(participants=40, seed=7, until=UNTIL) == one


def test_every_plan_of_the_trial_is_loaded_by_exactly_one_site():
    whole = plans(participants=40, seed=7, until=UNTIL)

    by_site = [plans_of_site(site.code, participants=40, seed=7, until=UNTIL) for site in SITES]

    assert sorted((plan for part in by_site for plan in part), key=lambda plan: plan.number) == whole
    assert all(len({plan.site_code for plan in part}) == 1 for part in by_site)


def test_production_has_neither_the_room_nor_the_door():
    script = (
        "import django; django.setup()\n"
        "from django.apps import apps; from django.urls import NoReverseMatch, reverse\n"
        "assert not apps.is_installed('demo')\n"
        "try:\n    reverse('demo:sign-in')\nexcept NoReverseMatch:\n    print('absent')\n"
    )
    secrets = {
        "VIGIL_SECRET_KEY": "x" * 60,
        "VIGIL_IDENTITY_KEY": "y" * 44,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **secrets, "VIGIL_ENVIRONMENT": "production"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == "absent", done.stderr


def test_everybody_at_an_amended_site_signs_the_newer_form(template, django_db_blocker):
    """As the demo is loaded: with an amendment, and nobody stopped at a visit by the form that came meanwhile."""
    with django_db_blocker.unblock(), copied_database(template) as name, connected_to(name):
        stage = set_stage(seed=7, opened_at=opened_at(until=UNTIL), amended_at=amended_at(until=UNTIL))
        play_plans(stage, plans(participants=2, seed=7, until=UNTIL), seed=7, until=UNTIL)
        with reading_as(Person.objects.system("setup")):
            signed = set(Consent.objects.values_list("participant__site__code", "form__version"))

    assert [*stage.amended_on] == ["S01"]
    assert ("S01", "1.1") in signed and ("S02", "1.1") not in signed
