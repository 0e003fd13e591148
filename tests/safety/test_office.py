"""Tests of the safety office: events listed in one line each, and records that do not agree."""

import csv
import io
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.contributions import contribution, reading_as
from core.errors import Conflict, Refused
from patients import actions as patient_actions
from patients.queries import definition_for
from safety import actions
from safety.models import EventLine, Mention, ReportingClock, SavedListing
from safety.queries import TITLES, Wanted, filtered, page_of
from safety.queries.findings import BUILDERS, findings
from tests.cast import AT, PASSWORD

LIST = "safety:adverse-event-list"
SERIOUS = ("hospitalisation",)


def line_of(event):
    return EventLine.objects.get(event=event)


def found(participant, kind):
    office = definition_for(participant).office
    return findings(office, site_ids=None, at=AT + timedelta(days=20), kind=kind)


def test_the_database_keeps_one_line_of_what_the_latest_revision_says(report, ada, ben):
    event = report(term="Headache", seriousness=SERIOUS)
    actions.revise_adverse_event(
        event, changes={"term": "Migraine", "severity": "severe"}, reason="More", by=ben, at=AT
    )
    actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=AT)

    line = line_of(event)

    assert (line.term, line.severity, line.causality, line.serious, line.revision) == (
        "Migraine", "severe", "probable", True, 3,
    )  # fmt: skip
    assert (line.participant_code, line.aware_at) == (event.participant.screening_number, AT)


def test_what_counts_for_nothing_is_not_serious_and_a_corrected_day_0_is_listed(report, ada):
    event = report(seriousness=SERIOUS, at=AT + timedelta(hours=5))
    actions.correct_day_zero(
        event, aware_at=AT - timedelta(hours=1), reason="A call", by=ada, at=AT + timedelta(hours=6)
    )
    assert line_of(event).aware_at == AT - timedelta(hours=1)

    actions.nullify_event(event, reason="Somebody else", by=ada, at=AT + timedelta(hours=7))

    assert (line_of(event).nullified, line_of(event).serious) == (True, False)


def test_nobody_writes_a_line_by_hand(report):
    event = report()

    for statement in (
        "UPDATE safety_eventline SET term = 'x' WHERE event_id = %s",
        "DELETE FROM safety_eventline WHERE event_id = %s",
        "INSERT INTO safety_eventline SELECT * FROM safety_eventline WHERE event_id = %s",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, [event.pk])


@pytest.mark.parametrize(
    ("wanted", "terms"),
    [
        pytest.param(Wanted(site="S02"), [], id="of a site"),
        pytest.param(Wanted(term="ash"), ["Rash"], id="by a part of the term"),
        pytest.param(Wanted(severity="severe"), ["Chest pain"], id="by severity"),
        pytest.param(Wanted(serious="yes"), ["Chest pain"], id="serious"),
        pytest.param(Wanted(serious="no"), ["Rash", "Craving"], id="not serious"),
        pytest.param(Wanted(relation="possible"), ["Chest pain"], id="by relation"),
        pytest.param(Wanted(group="any"), ["Craving"], id="of special interest"),
        pytest.param(Wanted(group="cardiac_qt"), [], id="of another group"),
        pytest.param(Wanted(state="open"), ["Rash", "Craving"], id="not assessed"),
        pytest.param(Wanted(state="ended"), ["Rash"], id="ended"),
        pytest.param(Wanted(from_on=date(2026, 1, 7)), ["Craving"], id="from a day on"),
        pytest.param(Wanted(to_on=date(2026, 1, 5)), ["Chest pain"], id="until a day"),
    ],
)
def test_a_listing_shows_what_is_wanted(report, ada, wanted, terms):
    pain = report(term="Chest pain", severity="severe", seriousness=SERIOUS)
    actions.assess_causality(pain, causality="possible", password=PASSWORD, by=ada, at=AT)
    report(term="Rash", ongoing=False, ended_on="2026-01-05", aware_at=AT + timedelta(days=1))
    report(term="Craving", event_group="abuse", aware_at=AT + timedelta(days=2))

    rows = filtered(EventLine.objects.order_by("event_id"), wanted, zone="Europe/Lisbon")

    assert [row.term for row in rows] == terms


@pytest.mark.parametrize("order", ["newest", "oldest", "started", "term", "participant"])
def test_pages_by_key_lead_down_and_back_without_gap(report, order):
    for number in range(7):
        report(term=f"Term {number % 3}", aware_at=AT + timedelta(minutes=number % 2))
    lines = EventLine.objects.all()

    seen, places, after = [], [], ""
    while True:
        page = page_of(lines, order=order, after=after, size=3)
        seen += [line.event_id for line in page.lines]
        places.append(page)
        after = page.next_key
        if not after:
            break
    back = page_of(lines, order=order, before=places[-1].previous_key, size=3)

    assert len(seen) == len(set(seen)) == 7
    assert [line.pk for line in back.lines] == [line.pk for line in places[-2].lines]
    assert places[0].previous_key == "" and back.next_key


@pytest.mark.parametrize("key", ["x", "1~yesterday", "1~2026-01-01", "~", "9" * 40 + "~a", "1"])
def test_a_key_that_is_none_begins_at_the_top(report, key):
    event = report()

    assert [line.event_id for line in page_of(EventLine.objects.all(), order="newest", after=key, size=5).lines] == [
        event.pk
    ]


def test_the_page_takes_six_statements_beyond_the_frame(report, dev, client_for):
    report(), report(term="Rash")
    client = client_for(dev)
    client.get(reverse(LIST)), client.get(reverse("safety:alert-list"))

    with CaptureQueriesContext(connection) as captured:
        client.get(reverse(LIST), {"serious": "no", "order": "term"})

    ours = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    of_page = [sql for sql in ours if "safety_" in sql or "trials_" in sql]
    assert len(of_page) <= 6 + 1


def test_a_wrong_period_is_said_at_its_field_and_nothing_is_lost(report, dev, client_for):
    report()

    answer = client_for(dev).get(reverse(LIST), {"from_on": "2026-02-01", "to_on": "2026-01-01", "term": "Head"})

    assert answer.status_code == 422
    assert "ends before it begins" in answer.content.decode() and 'value="Head"' in answer.content.decode()


def test_a_listing_is_kept_under_a_name_for_its_owner_alone(report, dev, sofia, client_for):
    report(seriousness=SERIOUS)
    client = client_for(dev)
    for query in ("serious=yes&page=3&x=1", "serious=yes&order=term"):
        client.post(reverse("safety:listing-save"), {"name": "Serious ones", "query": query})

    with reading_as(dev):
        kept = SavedListing.objects.get(person=dev, removed_at__isnull=True)
    assert (kept.name, kept.query) == ("Serious ones", "serious=yes&order=term")
    assert "Serious ones" not in client_for(sofia).get(reverse(LIST)).content.decode()
    assert client_for(sofia).post(reverse("safety:listing-forget", args=[kept.public_id])).status_code == 404
    client.post(reverse("safety:listing-forget", args=[kept.public_id]))
    client.get(reverse(LIST))
    assert "Serious ones" not in client.get(reverse(LIST)).content.decode()


def test_the_file_holds_what_the_listing_shows_and_no_formula(report, dev, client_for):
    report(term="=HYPERLINK(1)", seriousness=SERIOUS), report(term="Rash")

    answer = client_for(dev).get(reverse("safety:adverse-event-file"), {"serious": "yes"})

    [row] = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["term"], row["serious"], row["site"]) == ("'=HYPERLINK(1)", "true", "S01")


def test_whose_data_may_not_leave_is_in_no_file(report, nina, ben, dev, client_for):
    report(term="Rash")
    patient_actions.withdraw_consent(nina, scope="data", reason="", by=ben, at=AT)

    answer = client_for(dev).get(reverse("safety:adverse-event-file"))

    assert "Rash" not in answer.content.decode()


def kinds_of(participant):
    office = definition_for(participant).office
    return sorted(each.kind for each in findings(office, site_ids=None, at=AT + timedelta(days=20)))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"outcome": "recovered"}, "outcome_no_end", id="a final outcome without an end"),
        pytest.param(
            {"outcome": "recovering", "ongoing": False, "ended_on": "2026-01-05"}, "end_no_outcome",
            id="an end with an outcome that goes on",
        ),
        pytest.param({"seriousness": SERIOUS}, "not_received", id="a serious one that nobody received"),
        pytest.param({"started_on": "2026-01-04"}, "start_before_consent", id="a start before consent"),
        pytest.param({"started_on": "2025"}, "start_before_consent", id="a start before consent, known to the year"),
        pytest.param({"started_on": "2026-01-05"}, None, id="the day of consent agrees"),
        pytest.param({"started_on": "2026-01"}, None, id="the month of consent agrees"),
    ],
)  # fmt: skip
def test_what_does_not_agree_about_an_event_is_found(report, nina, changes, kind):
    report(**changes)

    assert kinds_of(nina) == ([kind] if kind else [])


def test_a_start_after_the_site_knew_of_it_is_found(report, nina):
    report(started_on="2026-01-06", aware_at=AT, at=AT + timedelta(days=2))

    assert kinds_of(nina) == ["start_after_aware"]


def test_a_start_after_death_is_found(report, nina):
    report(outcome="fatal", seriousness=("death",), ongoing=False, ended_on="2026-01-05")
    report(term="Rash", started_on="2026-01-06", aware_at=AT + timedelta(days=1))

    assert "start_after_death" in kinds_of(nina)


def test_a_serious_event_without_a_clock_is_found(report, nina, ben):
    event = report(seriousness=SERIOUS)
    assert found(nina, "no_clock") == []
    with contribution(by=ben, reason="Taken away by the test"):
        ReportingClock.objects.filter(event=event).update(superseded_at=AT, superseded_reason="Taken away by the test")

    assert [each.detail for each in found(nina, "no_clock")] == ["Headache"]


def medicine(participant, ben, **changes):
    details = patient_actions.MedicineDetails("ibuprofen", "", started="2026-01-06", **changes)
    asked = patient_actions.Asked("Participant", AT + timedelta(days=2))
    [row] = patient_actions.record_entries(participant, [(details, asked, uuid4())], by=ben, at=AT + timedelta(days=2))
    return row


def test_a_medicine_begun_in_the_trial_is_found_until_an_event_names_it(report, nina, ben):
    taken = medicine(nina, ben)
    assert kinds_of(nina) == ["medicine_unnamed"]

    event = report(treated_with=(taken.public_id,), aware_at=AT + timedelta(days=2))
    assert kinds_of(nina) == []
    actions.revise_adverse_event(event, changes={"treated_with": ()}, reason="Not for this", by=ben, at=AT)
    assert kinds_of(nina) == ["medicine_unnamed"]


def test_an_event_treated_with_a_medicine_that_was_taken_back_is_found(report, nina, ben):
    taken = medicine(nina, ben)
    report(treated_with=(taken.public_id,), aware_at=AT + timedelta(days=2))
    patient_actions.withdraw_entry(taken, reason="Somebody else", submission_id=uuid4(), by=ben, at=AT)

    assert kinds_of(nina) == ["treated_unknown"]


def test_a_sentence_that_waits_too_long_is_found_and_its_words_are_not_shown(nina, ben):
    told = {"participant": nina, "site": nina.site, "kind": "note", "text_id": "n", "sentence": "Fell on the stairs"}
    Mention.objects.create(key="k", told_at=AT, recorded_by=ben, **told)

    [finding] = found(nina, "mention_waiting")

    assert "stairs" not in str(asdict(finding))
    office = definition_for(nina).office
    early = AT + timedelta(days=office.mention_decided_within_days)
    assert findings(office, site_ids=None, at=early, kind="mention_waiting") == []


def test_an_explanation_stands_until_the_record_changes(report, nina, ben, sofia):
    event = report(outcome="recovered")
    [finding] = found(nina, "outcome_no_end")
    actions.decide_finding(finding, decision="explained", reason="Known to the month", by=sofia, at=AT)
    assert found(nina, "outcome_no_end") == []

    actions.revise_adverse_event(event, changes={"severity": "severe"}, reason="Worse", by=ben, at=AT)

    assert len(found(nina, "outcome_no_end")) == 1


def test_a_correction_is_asked_of_the_site_until_an_event_is_written_to(report, nina, ben, sofia, client_for):
    event = report(outcome="recovered")
    [finding] = found(nina, "outcome_no_end")
    actions.decide_finding(finding, decision="correct", reason="Give the day", by=sofia, at=datetime.now(UTC))
    assert found(nina, "outcome_no_end")[0].decision == "correct"
    assert "Make records agree" in client_for(ben).get("/").content.decode()

    actions.revise_adverse_event(
        event, changes={"ongoing": False, "ended_on": "2026-01-05"}, reason="Known now", by=ben, at=AT
    )

    assert found(nina, "outcome_no_end") == []


def test_a_decision_wants_a_reason_and_is_made_once(report, nina, sofia):
    report(outcome="recovered")
    [finding] = found(nina, "outcome_no_end")
    said = {"by": sofia, "at": AT}

    with pytest.raises(Refused, match="Say why"):
        actions.decide_finding(finding, decision="explained", reason=" ", **said)
    with pytest.raises(Refused, match="what becomes"):
        actions.decide_finding(finding, decision="forget", reason="X", **said)
    actions.decide_finding(finding, decision="explained", reason="X", **said)
    with pytest.raises(Conflict):
        actions.decide_finding(finding, decision="explained", reason="X", **said)


def test_the_page_counts_each_kind_and_decides(report, nina, sofia, client_for):
    report(outcome="recovered"), report(outcome="recovered", seriousness=SERIOUS)
    client = client_for(sofia)
    page = client.get(reverse("safety:finding-list"))
    assert page.context["answers"][0][1] == "3"
    key = found(nina, "outcome_no_end")[0].key

    missing = client.post(reverse("safety:finding-detail", args=[key]), {"decision": "explained"})
    client.post(reverse("safety:finding-detail", args=[key]), {"decision": "explained", "reason": "Known to the month"})

    assert missing.status_code == 422
    assert "Known to the month" in client.get(reverse("safety:finding-list") + "?kind=explained").content.decode()
    assert client.get(reverse("safety:finding-detail", args=[key])).status_code == 302
    assert client.get(reverse("safety:finding-detail", args=["none:x"])).status_code == 302


def test_every_kind_has_words_and_a_query():
    assert set(TITLES) == set(BUILDERS)
