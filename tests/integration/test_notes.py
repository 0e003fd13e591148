"""The integration note: drafts, two editors, signatures of everybody present, and what a change does to them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.errors import Conflict, Refused, WrongPassword
from core.models import Person
from integration import actions, queries
from integration.actions import NoteFields, PracticeOutcome, Theme
from integration.models import IntegrationNote
from patients import actions as patient_actions
from patients.models import Visit
from reminders.models import Reminder
from tests.cast import PASSWORD
from tests.integration.conftest import NEXT_DAY, answers

LATER = NEXT_DAY + timedelta(hours=3)


@pytest.fixture
def fields(tess: Person, theo: Person) -> NoteFields:
    """A note with everything that a signature needs, but for the suicidality answers."""
    return NoteFields(
        held_at=NEXT_DAY,
        minutes=90,
        present=frozenset({tess.pk, theo.pk}),
        sleep="Six hours, woke twice",
        substances="None",
        medicines="None",
        change_kind="welcome",
        changes_in_feeling="More open towards her sister",
        elements=("ID1", "CB2"),
        themes=(Theme("Grief and loss", "new"),),
        free_text="Spoke slowly.",
    )


@pytest.fixture
def note(session_visit: Visit, fields: NoteFields, tess: Person) -> IntegrationNote:
    """The complete note, unsigned, with its suicidality answers."""
    ask(session_visit, by=tess)
    return actions.write_note(session_visit, fields=fields, seen_version=0, by=tess, at=LATER)


def ask(visit: Visit, *, by: Person, **yes: bool) -> None:
    actions.record_risk(visit, answers=answers(**yes), judged_unsafe=False, submission_id=uuid4(), by=by, at=LATER)


def sign(note: IntegrationNote, person: Person) -> Any:
    fresh = IntegrationNote.objects.select_related("visit__participant__protocol_version", "visit__site").get(
        pk=note.pk
    )
    return actions.sign_note(fresh, password=PASSWORD, by=person, at=LATER)


def standing(note: IntegrationNote) -> queries.NoteStanding:
    return queries.standing_of(IntegrationNote.objects.get(pk=note.pk), needed=2)


# --- drafts ---


def test_the_same_text_again_writes_nothing(note: IntegrationNote, fields: NoteFields, tess: Person) -> None:
    again = actions.write_note(note.visit, fields=fields, seen_version=1, by=tess, at=LATER)

    assert again.version == 1


def test_a_changed_text_is_the_next_version(note: IntegrationNote, fields: NoteFields, theo: Person) -> None:
    changed = actions.write_note(
        note.visit, fields=replace(fields, body="Tense jaw"), seen_version=1, by=theo, at=LATER
    )

    assert (changed.version, changed.body) == (2, "Tense jaw")


def test_of_two_editors_the_second_is_told_and_nothing_is_overwritten(
    note: IntegrationNote, fields: NoteFields, tess: Person, theo: Person
) -> None:
    actions.write_note(note.visit, fields=replace(fields, body="By Theo"), seen_version=1, by=theo, at=LATER)

    with pytest.raises(Conflict):
        actions.write_note(note.visit, fields=replace(fields, body="By Tess"), seen_version=1, by=tess, at=LATER)
    assert IntegrationNote.objects.get(pk=note.pk).body == "By Theo"


def test_a_repeated_autosave_is_no_conflict(note: IntegrationNote, fields: NoteFields, tess: Person) -> None:
    changed = replace(fields, body="Tense jaw")

    for _ in range(2):
        kept = actions.write_note(note.visit, fields=changed, seen_version=1, by=tess, at=LATER)

    assert kept.version == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"held_at": LATER + timedelta(days=1)}, "future", id="a session still to come"),
        pytest.param({"themes": (Theme("Grief", "better"),)}, "new, returning or eased", id="a course nobody knows"),
        pytest.param({"present": frozenset({1})}, "delegated duty", id="a person without the duty"),
        pytest.param({"elements": ("XX9",)}, "elements of therapy", id="an element the protocol does not name"),
        pytest.param({"companions": ("partner",)}, "come along", id="somebody who may not come to this session"),
        pytest.param({"group_size": 4}, "one participant", id="a group where the protocol holds none"),
        pytest.param(
            {"practice_outcomes": (PracticeOutcome("A walk", "forgot"),)}, "each practice", id="an outcome nobody knows"
        ),
    ],
)
def test_a_note_that_cannot_be_is_refused(
    session_visit: Visit, fields: NoteFields, tess: Person, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        actions.write_note(session_visit, fields=replace(fields, **change), seen_version=0, by=tess, at=LATER)


def test_only_an_integration_session_has_a_note(contact_day: Visit, fields: NoteFields, tess: Person) -> None:
    with pytest.raises(Refused, match="Only an integration session"):
        actions.write_note(contact_day, fields=fields, seen_version=0, by=tess, at=LATER)


def test_a_missed_session_has_no_note(session_visit: Visit, fields: NoteFields, tess: Person, ben: Person) -> None:
    patient_actions.miss_visit(session_visit, reason="Ill", by=ben, at=LATER)

    with pytest.raises(Refused, match="missed"):
        actions.write_note(session_visit, fields=fields, seen_version=0, by=tess, at=LATER)


def test_everybody_present_is_reminded_to_sign(note: IntegrationNote, tess: Person, theo: Person) -> None:
    due = Reminder.objects.filter(template="note_unsigned", state="waiting")

    assert set(due.values_list("person_id", flat=True)) == {tess.pk, theo.pk}


# --- signatures ---


def test_the_note_is_signed_when_both_therapists_have_signed(note: IntegrationNote, tess: Person, theo: Person) -> None:
    sign(note, tess)
    halfway = standing(note)
    sign(note, theo)

    assert (halfway.is_signed, [p.username for p in halfway.missing]) == (False, ["theo"])
    assert standing(note).is_signed


def test_a_signature_cancels_the_signers_reminder(note: IntegrationNote, tess: Person, theo: Person) -> None:
    sign(note, tess)

    waiting = Reminder.objects.filter(template="note_unsigned", state="waiting")
    assert list(waiting.values_list("person_id", flat=True)) == [theo.pk]


def test_the_first_signature_records_the_session_at_its_visit(note: IntegrationNote, tess: Person) -> None:
    sign(note, tess)

    visit = Visit.objects.get(pk=note.visit_id)
    assert (visit.state, visit.started_at) == ("started", NEXT_DAY)
    states = dict(visit.procedures.values_list("code", "state"))
    assert states["THERAPY"] == states["C_SSRS_SLV"] == states["POSITIVE_AE"] == "done"
    assert states["VITALS"] == "due"


def test_a_change_after_signing_supersedes_both_signatures(
    note: IntegrationNote, fields: NoteFields, tess: Person, theo: Person
) -> None:
    sign(note, tess)
    sign(note, theo)
    changed = replace(fields, meaning="Permission to rest")
    with pytest.raises(Refused, match="Say why"):
        actions.write_note(note.visit, fields=changed, seen_version=1, by=tess, at=LATER)

    actions.write_note(note.visit, fields=changed, seen_version=1, by=tess, at=LATER, reason="Forgotten")

    assert standing(note).signatures == ()


def test_a_change_of_who_was_present_supersedes_too(
    note: IntegrationNote, fields: NoteFields, tess: Person, theo: Person
) -> None:
    sign(note, tess)

    actions.write_note(
        note.visit,
        fields=replace(fields, present=frozenset({tess.pk})),
        seen_version=1,
        by=tess,
        at=LATER,
        reason="Theo came late",
    )

    assert standing(note).signatures == ()


def test_nobody_signs_twice(note: IntegrationNote, tess: Person) -> None:
    sign(note, tess)

    with pytest.raises(Refused, match="already"):
        sign(note, tess)


def test_only_who_was_present_signs(note: IntegrationNote, ada: Person) -> None:
    with pytest.raises(Refused, match="was present"):
        sign(note, ada)


def test_a_wrong_password_signs_nothing(note: IntegrationNote, tess: Person) -> None:
    with pytest.raises(WrongPassword):
        actions.sign_note(note, password="not it", by=tess, at=LATER)
    assert standing(note).signatures == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"minutes": None}, "length", id="no length"),
        pytest.param({"sleep": ""}, "sleep", id="no sleep"),
        pytest.param({"change_kind": ""}, "any change", id="any change was not asked"),
        pytest.param({"changes_in_feeling": ""}, "what changed", id="a change without words"),
        pytest.param({"elements": ()}, "elements of therapy", id="no element of therapy"),
    ],
)
def test_an_incomplete_note_is_not_signed(
    note: IntegrationNote, fields: NoteFields, tess: Person, change: dict[str, Any], words: str
) -> None:
    actions.write_note(note.visit, fields=replace(fields, **change), seen_version=1, by=tess, at=LATER)

    with pytest.raises(Refused, match=words):
        sign(note, tess)


def test_a_note_without_the_suicidality_answers_is_not_signed(
    session_visit: Visit, fields: NoteFields, tess: Person
) -> None:
    note = actions.write_note(session_visit, fields=fields, seen_version=0, by=tess, at=LATER)

    with pytest.raises(Refused, match="suicidality"):
        sign(note, tess)


def test_one_therapist_alone_is_not_enough(session_visit: Visit, fields: NoteFields, tess: Person) -> None:
    ask(session_visit, by=tess)
    alone = replace(fields, present=frozenset({tess.pk}))
    note = actions.write_note(session_visit, fields=alone, seen_version=0, by=tess, at=LATER)

    with pytest.raises(Refused, match="2 therapists"):
        sign(note, tess)
