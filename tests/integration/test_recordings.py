"""Recordings of therapy without a dose: their index, and which of them reviewers are given."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from core.contributions import reading_as
from core.errors import Conflict, Refused
from core.models import Person
from integration import actions, adherence, recordings
from integration.actions import Line, NoteFields
from integration.models import AdherenceReview, RecordingIndex
from protocol import definition as protocol
from protocol.document import ProtocolFaults
from sessions import actions as sessions
from tests.cast import PASSWORD, PROTOCOL_FILE
from tests.integration.conftest import NEXT_DAY, visit_of
from tests.integration.test_notes import LATER, ask, sign
from trials.queries import definition_of

WHOLE = {"extent": "whole", "reference": "T-104", "lines": [Line("0:00:00", "started")], "reason": "", "seen_number": 0}


def indexed(visit, *, by, at=LATER, **changes):
    return actions.index_recording(visit, **WHOLE | changes, by=by, at=at)


def fields_of(*people, **changes):
    said = NoteFields(
        held_at=NEXT_DAY, minutes=90, present=frozenset(person.pk for person in people), sleep="Six hours",
        substances="None", medicines="None", change_kind="none", elements=("ID1",),
    )  # fmt: skip
    return replace(said, **changes)


def held(visit, *people, **changes):
    """Writes the note of an integration session, and lets everybody who was there sign."""
    ask(visit, by=people[0])
    note = actions.write_note(visit, fields=fields_of(*people, **changes), seen_version=0, by=people[0], at=LATER)
    for person in people:
        sign(note, person)
    return visit_of(visit.participant, visit.code)


@pytest.fixture
def rules(world):
    return definition_of(world.version).adherence


@pytest.mark.parametrize(
    ("extent", "why", "changed"),
    [("gap", "first_of_pair", {}), ("whole", "first_of_pair", {}), ("none", None, {"reference": "", "lines": []})],
    ids=["with a gap", "whole", "not recorded"],
)
def test_first_session_of_a_pair_is_reviewed_where_it_was_recorded(
    session_visit, tess, theo, rules, extent, why, changed
):
    visit = held(session_visit, tess, theo)

    indexed(visit, by=tess, extent=extent, reason="" if extent == "whole" else "The card was full", **changed)

    reviews = list(AdherenceReview.objects.filter(visit=visit).order_by("id"))
    assert [review.why for review in reviews] == ([why] * rules.reviewers if why else [])
    assert all(review.pair == sorted([tess.pk, theo.pk]) and review.visit_type == "integration" for review in reviews)
    assert all(review.session_id is None for review in reviews)


def test_review_is_drawn_by_whichever_comes_last(session_visit, tess, theo):
    indexed(session_visit, by=tess)
    ask(session_visit, by=tess)
    note = actions.write_note(session_visit, fields=fields_of(tess, theo), seen_version=0, by=tess, at=LATER)
    sign(note, tess)
    assert not AdherenceReview.objects.exists()

    sign(note, theo)

    assert AdherenceReview.objects.filter(visit=session_visit, why="first_of_pair").count() == 2
    indexed(session_visit, by=tess, seen_number=1, reason="Another card", reference="T-105")
    assert AdherenceReview.objects.count() == 2


def test_pair_that_worked_together_before_is_drawn_by_lot_or_for_a_risk_alone(session_visit, tess, theo, participant):
    indexed(held(session_visit, tess, theo), by=tess)
    worse = {"change_kind": "unwelcome", "changes_in_feeling": "Sleeps badly"}
    later = held(visit_of(participant, "V7"), tess, theo, held_at=NEXT_DAY + timedelta(hours=1), **worse)
    found = recordings.held_at(later)
    index = RecordingIndex(visit=later, extent="gap", lines=[])

    assert recordings.facts_of(found, index) == {"recording_gap", "unwelcome_change"}
    assert recordings.facts_of(replace(found, pair=found.pair[:1]), RecordingIndex(extent="whole")) == {
        "fewer_therapists", "unwelcome_change",
    }  # fmt: skip


def test_preparatory_session_is_reviewed_too(participant, tess, theo, world):
    visit = visit_of(participant, "V1")
    indexed(visit, by=tess)
    record = sessions.write_preparation(
        visit, fields=_prepared(world, visit, tess, theo), seen_version=0, by=tess, at=LATER
    )
    for person in (tess, theo):
        sessions.sign_preparation(record, password=PASSWORD, by=person, at=LATER)

    assert set(AdherenceReview.objects.values_list("visit_type", "why")) == {("preparatory", "first_of_pair")}


def _prepared(world, visit, *people):
    agenda = tuple(item.code for item in definition_of(world.version).conduct.agenda_at(visit.code))
    return sessions.PreparationFields(
        held_at=NEXT_DAY, minutes=90, present=frozenset(person.pk for person in people), agenda=agenda,
        safety_plan="Calls her sister", touch_reviewed=True, stop_word="Amber", recording_reviewed=True, expectancy=6,
        taper="none", medicines="None", allergies="None",
    )  # fmt: skip


def test_reviewer_rates_what_a_session_without_a_dose_has_and_sees_nothing_of_whom(
    session_visit, tess, theo, world, rules, client_for
):
    visit = held(session_visit, tess, theo)
    indexed(visit, by=tess)
    rita = Person.objects.get(username="rita")
    with reading_as(rita):
        review = adherence.reviews_of(rita)[0]
    page = client_for(rita).get(reverse("integration:review-detail", args=[review.public_id])).content.decode()

    of_therapy = adherence.rules_of(review)
    assert [item.code for item in of_therapy.items] == ["AD1", "AD2", "AD3", "AD4", "CO1", "CO2", "CO3"]
    assert "T-104" in page and "0:00:00" in page and rules.items[4].text not in page
    telling = (visit.participant.screening_number, visit.public_id, visit.name, "first_of_pair", "integration")
    assert not [word for word in telling if f">{word}<" in page or f" {word}." in page]
    with reading_as(rita):
        locked = actions.lock_review(
            review, answers={item.code: 1 for item in of_therapy.items}, breaches=[], seen_at_codes="", note="",
            password=PASSWORD, by=rita, at=LATER,
        )  # fmt: skip
    assert locked.signed_content()["visit_id"] == visit.pk
    [line, _] = adherence.therapist_lines(list(AdherenceReview.objects.all()), rules)
    assert (line.sessions, line.adherence, line.competence) == (1, 1, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reference": " "}, "number of the file"),
        ({"reference": "card 7, v6"}, "neither the participant"),
        ({"lines": [Line("4 o'clock", "mark")]}, "0:42:10"),
        ({"extent": "gap"}, "Say why"),
        ({"seen_number": 1}, "Say why"),
    ],
    ids=["no file", "a file named by the visit", "no time code", "a gap without a reason", "anew without a reason"],
)
def test_index_that_says_too_little_is_refused(session_visit, tess, changes, words):
    with pytest.raises(Refused, match=words):
        indexed(session_visit, by=tess, **changes)

    assert not RecordingIndex.objects.exists()


def test_nothing_is_recorded_without_consent_or_twice_or_of_a_dosing_visit(
    session_visit, participant, tess, monkeypatch
):
    with pytest.raises(Refused, match="no recording"):
        indexed(visit_of(participant, "V5"), by=tess)
    with pytest.raises(Conflict):
        indexed(session_visit, by=tess, seen_number=3, reason="Seen")
    monkeypatch.setattr(recordings, "may_be_recorded", lambda visit: False)
    with pytest.raises(Refused, match="not consented"):
        indexed(session_visit, by=tess)
    assert indexed(session_visit, by=tess, extent="none", reference="", lines=[], reason="No consent").number == 1


def test_recording_is_indexed_from_its_page(session_visit, tess, client_for):
    browser, address = client_for(tess), reverse("integration:recording-detail", args=[session_visit.public_id])
    typed = {"extent": "whole", "reference": "T-7", "reason": "", "seen_number": 0,
             "time_code_0": "0:00:10", "kind_0": "started", "time_code_1": "0:40:00", "kind_1": ""}  # fmt: skip

    half = browser.post(address, typed)
    done = browser.post(address, typed | {"kind_1": "stopped"})

    assert half.status_code == 422 and "a time code and what is there" in half.content.decode()
    assert 'value="T-7"' in half.content.decode() and done.status_code == 302
    assert [line["kind"] for line in RecordingIndex.objects.get().lines] == ["started", "stopped"]


def test_protocol_that_reviews_therapy_by_an_unknown_item_is_refused():
    text = PROTOCOL_FILE.read_text().replace("items: [AD1, AD2, AD3, AD4, CO1, CO2, CO3]", "items: [AD1, ZZ9]", 1)

    with pytest.raises(ProtocolFaults) as refused:
        protocol.load(text)

    assert any("ZZ9" in fault.message for fault in refused.value.faults)
