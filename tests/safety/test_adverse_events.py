"""Tests of adverse events: reported once, described by revisions, judged and signed; nothing is overwritten."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.errors import Conflict, Refused, WrongPassword
from core.signatures import standing_signatures
from patients.actions import withdraw_consent
from patients.models import Fact
from safety import actions
from safety.models import AdverseEvent, AdverseEventRevision, Alert
from sessions.models import DosingHold
from tests.cast import AT, PASSWORD
from tests.safety.conftest import HEADACHE

LATER = AT + timedelta(hours=2)


def test_the_same_form_sent_again_answers_the_first_event(nina, ben):
    sent = {"description": HEADACHE, "site_aware_at": AT, "submission_id": uuid4(), "by": ben, "at": AT}

    first, second = actions.report_adverse_event(nina, **sent), actions.report_adverse_event(nina, **sent)

    assert first.pk == second.pk
    assert AdverseEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"term": " "}, "term"), ({"started_on": "2026-11-31"}, "started_on"), ({"started_on": "2026-13"}, "started_on"),
     ({"started_on": "2026-01-06"}, "started_on"), ({"severity": "awful"}, "severity"),
     ({"valence": "good"}, "valence"),
     ({"seriousness": ("inconvenient",)}, "seriousness"), ({"outcome": "fatal"}, "seriousness"),
     ({"ended_on": "2026-01-05"}, "ended_on"), ({"ongoing": False, "ended_on": "2026-01-04"}, "ended_on")],
    ids=["no words", "31 November", "month 13", "tomorrow", "unknown severity", "unknown valence", "unknown criterion",
         "fatal without death", "goes on and ended", "ends before it starts"],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_at_its_field(report, changes, field):
    with pytest.raises(Refused) as refusal:
        report(**changes)

    assert refusal.value.field == field
    assert not AdverseEvent.objects.exists()


@pytest.mark.parametrize("started_on", ["2026-01-05", "2025-12", "2019"], ids=["day", "month", "year"])
def test_a_start_may_be_known_in_part(report, started_on):
    assert report(started_on=started_on).revisions.get().started_on == started_on


@pytest.mark.parametrize("valence", ["welcome", "neutral", "unwelcome"])
def test_a_welcome_effect_is_reported_like_any_other(report, valence):
    event = report(term="Euphoric mood", valence=valence)

    assert event.revisions.get().valence == valence


def test_the_site_cannot_become_aware_in_the_future(report):
    with pytest.raises(Refused, match="future"):
        report(aware_at=LATER, at=AT)


def test_a_revision_is_added_and_the_one_before_stays(report, ben):
    event = report()

    actions.revise_adverse_event(event, changes={"severity": "severe"}, reason="Worse by evening", by=ben, at=LATER)

    assert list(event.revisions.order_by("number").values_list("severity", "reason")) == [
        ("mild", "First report"), ("severe", "Worse by evening"),
    ]  # fmt: skip


def test_a_revision_without_reason_is_refused(report, ben):
    with pytest.raises(Refused, match="Say why"):
        actions.revise_adverse_event(report(), changes={"severity": "severe"}, reason=" ", by=ben, at=LATER)


def test_the_second_of_two_revisers_is_told(report, ben, tess):
    event = report()
    actions.revise_adverse_event(
        event, changes={"outcome": "recovered"}, reason="Gone", seen_number=1, by=ben, at=LATER
    )

    with pytest.raises(Conflict):
        actions.revise_adverse_event(event, changes={}, reason="Still there", seen_number=1, by=tess, at=LATER)


def test_causality_is_signed_and_a_later_revision_has_its_own(report, ada):
    event = report()

    revision = actions.assess_causality(event, causality="possible", password=PASSWORD, by=ada, at=LATER)

    [signature] = standing_signatures(revision)
    assert (signature.signer, revision.causality) == (ada, "possible")


def test_a_wrong_password_writes_no_assessment(report, ada):
    event = report()

    with pytest.raises(WrongPassword):
        actions.assess_causality(event, causality="possible", password="wrong", by=ada, at=LATER)

    assert event.revisions.count() == 1


def test_an_unknown_view_of_causality_is_refused(report, ada):
    with pytest.raises(Refused, match="unrelated"):
        actions.assess_causality(report(), causality="perhaps", password=PASSWORD, by=ada, at=LATER)


def test_the_sponsor_determines_after_receipt_only(report, sofia):
    event = report(seriousness=("hospitalisation",))

    with pytest.raises(Refused, match="received"):
        actions.judge_expectedness(event, expectedness="unexpected", sponsor_causality="possible", by=sofia, at=LATER)


def test_the_sponsor_receives_once(report, sofia):
    event = report(seriousness=("hospitalisation",))
    actions.receive_at_sponsor(event, by=sofia, at=LATER)

    with pytest.raises(Refused, match="already"):
        actions.receive_at_sponsor(event, by=sofia, at=LATER)


def test_the_sponsor_cannot_receive_before_the_site_knew(report, sofia):
    with pytest.raises(Refused, match="before the site"):
        actions.receive_at_sponsor(report(), received_at=AT - timedelta(hours=1), by=sofia, at=LATER)


def test_a_related_serious_event_stops_dosing_and_alerts_once(report, nina, ada, ben):
    event = report(seriousness=("hospitalisation",))
    actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=LATER)
    actions.revise_adverse_event(event, changes={"outcome": "recovering"}, reason="Better", by=ben, at=LATER)

    [hold] = DosingHold.objects.filter(participant=nina)
    assert Alert.objects.filter(participant=nina, rule=hold.rule).count() == 1


def test_an_unrelated_serious_event_does_not_stop_dosing(report, nina, ada):
    event = report(seriousness=("hospitalisation",))
    actions.assess_causality(event, causality="unrelated", password=PASSWORD, by=ada, at=LATER)

    assert not DosingHold.objects.filter(participant=nina).exists()


def test_an_event_of_special_interest_alerts_once_however_often_it_is_revised(report, ben, nina):
    event = report(event_group="cardiac_qt")
    actions.revise_adverse_event(event, changes={"severity": "severe"}, reason="Worse", by=ben, at=LATER)
    report(event_group="cardiac_qt", term="Fainting")

    assert Alert.objects.filter(participant=nina, message__contains="special interest").count() == 2


def test_the_worst_grade_that_goes_on_is_kept_as_a_fact(report, nina, ben):
    event = report(severity="severe")
    actions.revise_adverse_event(
        event, changes={"ongoing": False, "ended_on": "2026-01-05"}, reason="Gone", by=ben, at=LATER
    )

    values = list(Fact.objects.filter(participant=nina, variable="max_ongoing_ctcae_grade").order_by("id"))
    assert [fact.value for fact in values] == ["3", "0"]


def test_an_event_of_somebody_who_left_is_still_reported(nina, report, ben):
    withdraw_consent(nina, scope="procedures", reason="Own wish", by=ben, at=AT)
    nina.refresh_from_db()

    event = report(seriousness=("hospitalisation",))

    assert event.clocks.count() == 1


def test_a_revision_can_not_be_changed_by_the_runtime_login(report):
    from django.db import ProgrammingError, transaction

    event = report()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        AdverseEventRevision.objects.filter(event=event).update(severity="mild")
