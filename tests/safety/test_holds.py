"""Tests of holds: nothing is dosed past one by any route, and a signature of whom the protocol names ends it."""

import json
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.errors import Conflict, Refused, WrongPassword
from core.permissions import Viewer
from core.worklist import lines_of
from reminders.models import Reminder
from safety import actions
from safety.models import Alert, HoldReview
from safety.worklist import worklist_items
from sessions import actions as session_actions
from sessions.models import DoseRecord, DosingHold, TrialHold
from tests.cast import AT, PASSWORD
from tests.conftest import size
from tests.stages import facts_at

LATER = AT + timedelta(hours=2)
RELATED = {"seriousness": ("life_threatening",), "causality": "possible"}


def held(participant, *, by, at=LATER):
    return actions.place_hold_by_hand(participant, reason="A letter of the family", by=by, at=at)


def reviewed(hold, *, by, at=LATER, **changes):
    entered = {"findings": "Looked at everything", "decision": "release", "reference": "", "password": PASSWORD}
    return actions.review_hold(hold, **(entered | changes), submission_id=uuid4(), by=by, at=at)


# --- placing ---------------------------------------------------------------------------------------------------------


def test_a_hold_by_hand_alerts_and_tells_whom_the_protocol_names(nina, ada, world):
    held(nina, by=ada)

    told = set(Reminder.objects.filter(key__startswith="action_today:hold-").values_list("person__username", flat=True))
    assert {"ada", "ben", "tess", "theo", "mel", "sofia"} == told
    assert Alert.objects.get(participant=nina, rule="by_hand").severity == "act"


def test_a_hold_by_hand_needs_a_reason_and_holds_once(nina, ada):
    with pytest.raises(Refused, match="must stop"):
        actions.place_hold_by_hand(nina, reason=" ", by=ada, at=LATER)
    held(nina, by=ada)

    with pytest.raises(Refused, match="by hand already"):
        held(nina, by=ada)
    assert DosingHold.objects.filter(participant=nina).count() == 1


def test_a_related_life_threatening_event_holds_the_whole_trial_and_tells_every_site(report, world, carl):
    report(**RELATED)

    [hold] = TrialHold.objects.all()
    assert hold.rule == "ST2" and "S01" not in hold.reason
    assert Reminder.objects.filter(key__contains="hold-trial", person=carl).exists()


def test_the_same_event_holds_the_trial_once_however_often_it_is_revised(report, ben, mel):
    event = report(**RELATED)
    reviewed(TrialHold.objects.get(), by=mel, reference="Letter of the board, 6 Jan")

    actions.revise_adverse_event(event, changes={"severity": "severe"}, reason="Worse", by=ben, at=LATER)

    assert not TrialHold.objects.filter(lifted_at__isnull=True).exists()


def test_a_second_event_of_the_kind_holds_the_trial_anew(report, mel):
    report(**RELATED)
    reviewed(TrialHold.objects.get(), by=mel, reference="Letter of the board, 6 Jan")

    report(**RELATED)

    assert set(TrialHold.objects.filter(lifted_at__isnull=True).values_list("rule", flat=True)) == {"ST2", "ST3"}


# --- ending ----------------------------------------------------------------------------------------------------------


def test_the_medical_monitor_ends_a_hold_by_signature(nina, ada, mel):
    hold = held(nina, by=ada)

    review = reviewed(hold, by=mel)

    hold.refresh_from_db()
    assert (review.duty, hold.lifted_by, hold.lift_reason) == ("medical_monitor", mel, "Looked at everything")


def test_a_review_that_upholds_is_signed_and_changes_nothing(nina, ada):
    hold = held(nina, by=ada)

    reviewed(hold, by=ada, decision="uphold")

    hold.refresh_from_db()
    assert hold.lifted_at is None and HoldReview.objects.get().duty == ""


@pytest.mark.parametrize("who", ["ada", "ben", "sofia", "cleo"])
def test_nobody_else_ends_a_hold(nina, ada, world, who):
    hold = held(nina, by=ada)

    with pytest.raises(Refused, match="Only the medical monitor"):
        reviewed(hold, by=world.people[who])

    hold.refresh_from_db()
    assert hold.lifted_at is None and not HoldReview.objects.exists()


@pytest.mark.parametrize(
    ("changes", "fault", "field"),
    [({"findings": " "}, Refused, "findings"), ({"decision": "forget"}, Refused, "decision"),
     ({"password": "wrong"}, WrongPassword, "password")],
    ids=["no findings", "unknown decision", "wrong password"],
)  # fmt: skip
def test_a_review_that_cannot_stand_writes_nothing(nina, ada, mel, changes, fault, field):
    hold = held(nina, by=ada)

    with pytest.raises(fault) as refusal:
        reviewed(hold, by=mel, **changes)

    assert refusal.value.field == field and not HoldReview.objects.exists()


def test_a_hold_whose_rule_is_still_true_goes_on_until_it_is_not(report, nina, ada, ben, mel):
    event = report(seriousness=("hospitalisation",))
    actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=LATER)
    hold = DosingHold.objects.get(participant=nina, rule="SP2")

    with pytest.raises(Refused, match="still true"):
        reviewed(hold, by=mel)
    actions.assess_causality(event, causality="unrelated", password=PASSWORD, by=ada, at=LATER)
    reviewed(hold, by=mel)

    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_a_hold_for_review_may_end_while_its_rule_is_true(nina, ben, mel):
    facts_at(nina, {"cssrs_behaviour": "1", "cssrs_ideation": "2"}, by=ben, at=LATER)
    hold = DosingHold.objects.get(participant=nina, rule="SP3")

    reviewed(hold, by=mel)

    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_a_hold_of_the_trial_ends_with_the_letter_of_the_board(report, mel):
    report(**RELATED)
    hold = TrialHold.objects.get()

    with pytest.raises(Refused, match="recommendation of the monitoring board"):
        reviewed(hold, by=mel)
    reviewed(hold, by=mel, reference="Letter of the board, 6 Jan")

    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_two_who_end_a_hold_at_once_end_it_once(nina, ada, mel):
    hold = held(nina, by=ada)
    stale = DosingHold.objects.get(pk=hold.pk)
    reviewed(hold, by=mel)

    with pytest.raises((Conflict, Refused)):
        reviewed(stale, by=mel)


def test_the_database_lifts_no_hold_without_the_signed_review(nina, ada, mel):
    hold = held(nina, by=ada)

    with pytest.raises(IntegrityError, match="signed review"), transaction.atomic():
        session_actions.lift_hold(hold, reason="Just so", by=mel, at=LATER)


# --- nothing past a hold ---------------------------------------------------------------------------------------------


class Routes:
    """Every way by which something tries to record a dose as given."""

    def __init__(self, day, client):
        self.day, self.client = day, client

    def initial(self):
        return self.day.give()

    def supplemental(self):
        return self.day.decide("given", minute=100)

    def page(self, name="dose-give", **more):
        sent = {"kit_number": self.day.kit.number, "second_person": self.day.second.pk, "second_password": PASSWORD,
                "observed_at": self.day.at.isoformat(), "submission_id": str(uuid4())} | more  # fmt: skip
        self.client.post(reverse(f"sessions:{name}", args=[self.day.session.public_id]), sent)

    def page_of_supplemental(self):
        self.page("supplemental-decide", decision="given", participant_agrees="yes", clinician_contraindication="no")

    def queue(self, kind="dose"):
        moment = (self.day.at - timedelta(minutes=30)).isoformat()
        body = {"submission_id": str(uuid4()), "kind": kind, "captured_at": moment, "observed_at": moment,
                "values": {"kind": "initial", "decision": "given", "kit_number": self.day.kit.number},
                "clock_offset_ms": 0}  # fmt: skip
        self.client.post(
            reverse("sessions:entry-stream", args=[self.day.session.public_id]), json.dumps(body),
            content_type="application/json",
        )  # fmt: skip

    def amended(self):
        decided = DoseRecord.objects.filter(session=self.day.session, decision="withheld").first()
        if decided is not None:
            self.row(kind="supplemental", amends=decided, reason="Given after all")

    def row(self, kind="initial", **more):
        """A row written past every action, as an import would."""
        moment = self.day.at - timedelta(hours=1)
        DoseRecord.objects.create(
            session=self.day.session, site_id=self.day.session.site_id, kind=kind, decision="given", label="Imported",
            kit_number=self.day.kit.number, observed_at=moment, submission_id=uuid4(), recorded_by=self.day.first,
            **more,
        )  # fmt: skip

    def refused(self, name):
        """Returns whether a way was refused by action or database; a page answers with a sentence in its place."""
        try:
            with transaction.atomic():
                getattr(self, name)()
        except (Refused, IntegrityError):
            return True
        return False


# What goes past every page is refused by name; `amended` finds nothing to amend before a dose was decided.
DIRECT = ("initial", "supplemental", "row")
ROUTES = ("initial", "supplemental", "page", "page_of_supplemental", "queue", "amended", "row")


def given(day):
    return set(DoseRecord.objects.filter(session=day.session, decision="given").values_list("pk", flat=True))


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_leads_past_a_hold(day, ada, tess, client_for, route):
    held(day.session.participant, by=ada, at=day.at - timedelta(hours=1))

    refused = Routes(day, client_for(tess)).refused(route)

    assert given(day) == set()
    assert refused == (route in DIRECT)


def test_a_hold_during_the_session_keeps_the_supplemental_dose_back(day, ada, tess, client_for):
    day.give()
    day.vitals(minute=95, temperature_c=37)
    held(day.session.participant, by=ada, at=day.at + timedelta(minutes=96))

    with pytest.raises(Refused) as refusal:
        day.decide("given", minute=100)

    assert any("on hold" in detail for detail in refusal.value.details)
    day.decide("withheld", minute=100, reason="On hold")
    Routes(day, client_for(tess)).refused("amended")
    assert len(given(day)) == 1


def test_no_sequence_of_steps_doses_anybody_past_a_hold(day, ada, mel, tess, client_for):
    """Holds come and go, of the participant and of the trial, while every route is tried again and again."""
    seed, episodes = 20260106, size(small=4, full=150)
    dice, routes = random.Random(seed), Routes(day, client_for(tess))
    participant, trial = day.session.participant, day.session.site.trial
    day.vitals(minute=95, temperature_c=37)

    def place():
        session_actions.hold_dosing(participant, rule=dice.choice(["SP3", "by_hand"]), reason="R", by=ada, at=day.at)

    def place_on_trial():
        session_actions.hold_trial(trial, rule="ST2", reason="R", cause=str(uuid4()), by=ada, at=day.at)

    def end():
        for hold in open_holds():
            reviewed(hold, by=mel, at=day.at, reference="Letter")

    def open_holds():
        return [*DosingHold.objects.filter(lifted_at=None), *TrialHold.objects.filter(lifted_at=None)]

    steps, dosed = {"place": place, "place_on_trial": place_on_trial, "end": end}, 0
    for episode in range(episodes):
        with transaction.atomic():
            for number in range(10):
                step = dice.choice([*steps, *ROUTES])
                before, on_hold = given(day), bool(open_holds())
                steps[step]() if step in steps else routes.refused(step)
                assert not (on_hold and given(day) - before), f"seed {seed}, episode {episode}, step {number}: {step}"
            dosed += bool(given(day))
            transaction.set_rollback(True)
        day.session.refresh_from_db()
    # Between holds a dose can be given: the test is able to fail.
    assert 0 < dosed < episodes


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_page_ends_a_hold_with_password_and_shows_the_review(nina, ada, mel, client_for):
    held(nina, by=ada)
    page = reverse("safety:hold-detail", args=[nina.public_id, "by_hand"])
    sent = {"findings": "The family was called; nothing bears on dosing", "decision": "release",
            "submission_id": str(uuid4())}  # fmt: skip
    client = client_for(mel)

    wrong = client.post(f"{page}review/", sent | {"password": "wrong"})
    right = client.post(f"{page}review/", sent | {"password": PASSWORD}, follow=True)

    assert wrong.status_code == 422 and "The family was called" in wrong.content.decode()
    assert "The hold is ended." in right.content.decode() and "Signed" in right.content.decode()


def test_an_investigator_is_not_offered_to_end_what_the_medical_monitor_ends(nina, ada, client_for):
    held(nina, by=ada)
    url = reverse("safety:hold-detail", args=[nina.public_id, "by_hand"])
    sent = {"findings": "I think so", "decision": "release", "password": PASSWORD, "submission_id": str(uuid4())}

    assert 'value="release"' not in client_for(ada).get(url).content.decode()
    assert client_for(ada).post(f"{url}review/", sent).status_code == 422
    assert DosingHold.objects.get(participant=nina).lifted_at is None


def test_a_hold_is_placed_from_the_participants_page(nina, ada, client_for):
    url = reverse("safety:hold-place", args=[nina.public_id])

    assert url in client_for(ada).get(reverse("overview:timeline", args=[nina.public_id])).content.decode()
    assert client_for(ada).post(url, {"reason": ""}).status_code == 422
    assert "is on hold" in client_for(ada).post(url, {"reason": "A letter"}, follow=True).content.decode()


def test_the_whole_trial_is_held_by_the_sponsors_people_and_by_no_site(ada, sofia, cleo, client_for):
    url = reverse("safety:trial-hold-place")

    assert client_for(ada).post(url, {"reason": "Recall of a lot"}).status_code == 404
    client_for(sofia).post(url, {"reason": "Recall of a lot"})
    assert "Recall of a lot" in client_for(cleo).get(reverse("safety:hold-list")).content.decode()


def test_a_hold_of_another_site_does_not_exist(nina, ada, cleo, client_for):
    held(nina, by=ada)
    url = reverse("safety:hold-detail", args=[nina.public_id, "by_hand"])

    assert client_for(cleo).get(url).status_code == 404
    assert nina.screening_number not in client_for(cleo).get(reverse("safety:hold-list")).content.decode()


def test_the_worklist_asks_for_the_review(nina, report, ada, mel):
    held(nina, by=ada)
    report(**RELATED)

    lines = [line for line in lines_of(worklist_items(Viewer.at(mel, LATER), LATER)) if "hold" in line.task]
    assert {line.subject for line in lines} == {nina.screening_number, "Trial"}
