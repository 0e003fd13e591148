"""What the sponsor's datasets hold: coded terms, reasons for what is missing, numbers of attempts, released ratings."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coding import actions as coding_actions
from coding.invented import NAME, event_archive, medicine_archive
from coding.models import Coding
from core.contributions import contribution, reading_as
from integration import actions as integration_actions
from integration.models import IntercurrentEvent
from patients import actions as patient_actions
from safety import actions as safety_actions
from safety.actions import EventDescription
from sponsors.datasets import DATASETS, Viewpoint, as_row
from tests.cast import AT
from tests.integration.conftest import DOSED_AT, visit_of
from tests.integration.conftest import participant as treated

participant = treated
ALL = Viewpoint("functional", notes=True)
LATER = DOSED_AT + timedelta(days=30)


def rows_of(name, *, by, viewpoint=ALL):
    dataset = DATASETS[name]
    with reading_as(by):
        return [as_row(row, dataset.columns_for(viewpoint)) for row in dataset.rows_for(viewpoint)]


def tell(participant, *, by):
    """Tells of an event, a condition, a medicine and other therapy."""
    event = safety_actions.report_adverse_event(
        participant,
        description=EventDescription(term="Headache", started_on="2026-02", severity="mild", valence="unwelcome"),
        site_aware_at=DOSED_AT, submission_id=uuid4(), by=by, at=DOSED_AT,
    )  # fmt: skip
    entries = [
        patient_actions.HistoryDetails("medical", "Nausea", started="2010", ongoing=True),
        patient_actions.MedicineDetails("paracetamol", dose="500 mg"),
    ]
    asked = patient_actions.Asked("Participant", AT)
    patient_actions.record_entries(participant, [(each, asked, uuid4()) for each in entries], by=by, at=LATER)
    happened = integration_actions.Happened("other_therapy", "Talks with a counsellor", "2025")
    integration_actions.record_intercurrent(participant, happened=happened, submission_id=uuid4(), by=by, at=LATER)
    return event


def miss(participant, code, *, by, tries=1):
    """Tries to reach the participant about a visit in vain, then records that it was missed."""
    visit = visit_of(participant, code)
    for _ in range(tries):
        integration_actions.record_attempt(
            visit, channel="phone", reached=False, not_reached_reason="Her brother answered", submission_id=uuid4(),
            by=by, at=LATER,
        )  # fmt: skip
    patient_actions.miss_visit(visit, reason="Went to her brother", kind="moved", by=by, at=LATER)


@pytest.fixture
def dictionaries(dev):
    archives = {
        "event": event_archive(terms=("Headache", "Nausea")),
        "medicine": medicine_archive(names_and_groups=[("Paracetamol", "Anilides")]),
    }
    for kind, archive in archives.items():
        found = coding_actions.load_dictionary(archive, kind=kind, name=NAME, version="1.0", by=dev, at=AT)
        coding_actions.adopt_dictionary(found, reason="The trial begins", by=dev, at=AT)


def code_all(dev):
    coding_actions.gather(by=dev)
    for kind in ("event", "medicine"):
        coding_actions.code_waiting(kind=kind, by=dev, at=LATER)


def test_terms_are_those_of_the_coding_room(participant, dictionaries, ben, dev):
    tell(participant, by=ben)
    (before,) = rows_of("adverse_events", by=dev)
    code_all(dev)

    (event,), (condition,), (medicine,) = (
        rows_of(name, by=dev) for name in ("adverse_events", "medical_history", "medicines")
    )

    assert (before["coding_state"], before["preferred_term"], before["dictionary"]) == ("not coded", None, None)
    assert (event["coding_state"], event["dictionary"], event["dictionary_version"]) == ("coded", NAME, "1.0")
    assert (event["lowest_level_term"], event["preferred_term"]) == ("Headache", "Headache")
    assert event["preferred_term_code"] == event["lowest_level_term_code"] == Coding.objects.get(term="Headache").code
    assert (event["system_organ_class"], event["system_organ_class_code"]) == ("Limbs", "10")
    # The second name stands under the first one's preferred term, as four names of the invented dictionary do.
    assert (condition["lowest_level_term"], condition["preferred_term"]) == ("Nausea", "Headache")
    assert (medicine["coded_name"], medicine["drug_class"]) == ("Paracetamol", "Anilides")
    assert medicine["drug_class_code"] == "Z00"


def test_words_changed_since_and_words_asked_about_are_not_coded(participant, dictionaries, ben, dev):
    event = tell(participant, by=ben)
    code_all(dev)
    safety_actions.revise_adverse_event(
        event, changes={"term": "Migraine"}, reason="Known better", by=ben, at=LATER + timedelta(days=1)
    )
    with contribution(by=dev, reason="Arranged by the test"):
        coding_actions.query_wording(Coding.objects.get(verbatim="Nausea"), question="Which?", by=dev)

    (changed,), (asked,) = (rows_of(name, by=dev) for name in ("adverse_events", "medical_history"))

    assert (changed["term"], changed["coding_state"], changed["lowest_level_term"]) == ("Migraine", "not coded", None)
    assert (asked["coding_state"], asked["preferred_term"]) == ("not coded, the site is asked", None)


def test_token_without_the_functional_class_reads_no_term_of_an_event(participant, dictionaries, ben, dev):
    tell(participant, by=ben)
    code_all(dev)

    (event,) = rows_of("adverse_events", by=dev, viewpoint=Viewpoint("efficacy"))

    assert "Headache" not in event.values() and "coding_state" not in event
    assert not DATASETS["medicines"].is_open_to(Viewpoint("efficacy"))


def test_missed_visit_says_why_and_how_often_somebody_tried(participant, ben, dev):
    miss(participant, "V9", by=ben, tries=2)
    waiting = visit_of(participant, "V14")
    for attempt in range(4):
        step = "write" if attempt == 3 else ""
        integration_actions.record_attempt(
            waiting, channel="message" if step else "phone", reached=False, not_reached_reason="Her brother answered",
            step=step, submission_id=uuid4(), by=ben, at=LATER,
        )  # fmt: skip

    missed = {row["code"]: row for row in rows_of("missed_visits", by=dev)}["V9"]
    tried = {row["code"]: row for row in rows_of("contact_attempts", by=dev)}

    assert (missed["reason_code"], missed["reason"], missed["state"]) == ("moved", "Moved away", "missed")
    assert (missed["attempts"], missed["attempts_in_vain"], missed["tracing_steps"]) == (2, 2, 0)
    assert (tried["V14"]["attempts"], tried["V14"]["tracing_steps"]) == (4, 1)
    assert sorted(tried) == ["V14", "V9"]
    assert "brother" not in str([*tried.values(), *rows_of("missed_visits", by=dev, viewpoint=Viewpoint("functional"))])


def test_intercurrent_event_carries_the_strategy_and_a_correction_replaces_it(participant, ben, dev):
    tell(participant, by=ben)
    (event,) = rows_of("intercurrent_events", by=dev)
    integration_actions.correct_intercurrent(
        IntercurrentEvent.objects.get(), happened=None, reason="Before the study", submission_id=uuid4(), by=ben,
        at=LATER,
    )  # fmt: skip

    assert (event["kind"], event["name"]) == ("other_therapy", "Other psychotherapy for the same complaint")
    assert (event["strategy"], event["began_on"]) == ("treatment_policy", "2025")
    assert rows_of("intercurrent_events", by=dev) == []


def test_statements_of_every_dataset_stay_the_same(participant, dictionaries, ben, dev):
    tell(participant, by=ben)
    miss(participant, "V9", by=ben)
    code_all(dev)
    few = {name: statements(name, by=dev) for name in DATASETS}
    for _ in range(3):
        tell(participant, by=ben)
    for code in ("V14", "V15"):
        miss(participant, code, by=ben)
    code_all(dev)

    many = {name: statements(name, by=dev) for name in DATASETS}

    assert {name: count for name, (count, _) in many.items()} == {name: count for name, (count, _) in few.items()}
    assert max(count for count, _ in many.values()) <= 4
    grown = {name for name in DATASETS if many[name][1] > few[name][1] > 0}
    assert grown >= {"adverse_events", "medical_history", "medicines", "missed_visits", "intercurrent_events"}


def statements(name, *, by):
    """Returns with how many statements a page of a dataset is read, and how many rows it has."""
    dataset = DATASETS[name]
    with reading_as(by), CaptureQueriesContext(connection) as captured:
        rows = [as_row(row, dataset.columns_for(ALL)) for row in dataset.rows_for(ALL)]
    return len(captured), len(rows)
