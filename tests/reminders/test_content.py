"""Tests of what messages say: no banned word, no name, nothing that tells of the study."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patients.actions import move_visit
from protocol import definition
from reminders import catalogue
from reminders.actions import plan_reminder
from reminders.content import banned_words_in
from reminders.recipients import Recipient
from reminders.rendering import write_out
from tests.cast import AT, PROTOCOL_FILE
from tests.stages import consented

PROTOCOL = definition.load(Path(PROTOCOL_FILE).read_text())
GENERATED = 100


@pytest.mark.parametrize("template", catalogue.TEMPLATES, ids=lambda t: f"{t.code} {t.language} v{t.version}")
def test_no_template_holds_a_banned_word(template):
    said = f"{template.label} {template.subject} {template.body}"

    assert banned_words_in(said, words=PROTOCOL.banned_words) == []


@pytest.mark.parametrize("rule", PROTOCOL.reminders, ids=lambda rule: rule.template)
def test_every_reminder_of_the_protocol_has_a_text(rule):
    assert catalogue.is_known(rule.template)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Your dose is ready", ["dose"]),
        ("DOSING day", ["dosing"]),
        ("Dosed yesterday", ["dose"]),
        ("Which arm?", ["arm"]),
        ("Both arms", ["arm"]),
        ("An alarm, some harm and a farm", []),
        ("Randomisation tomorrow", ["randomis"]),
        ("Psychiatric ward", ["psychiatr"]),
    ],
    ids=["word", "capitals", "form of the word", "short word", "plural", "parts of words", "stem", "stem in capitals"],
)
def test_banned_words_are_found_as_words_and_stems(text, found):
    assert banned_words_in(text, words=PROTOCOL.banned_words) == found


def test_a_later_version_is_current_and_the_earlier_one_stays():
    first = catalogue.current_template("visit_coming")
    second = replace(first, version=2, body="Another text")

    assert max([first, second], key=lambda t: t.version) is second
    assert catalogue.template_of("visit_coming", language="en", version=1) is first


def test_a_language_without_a_text_gets_the_english_one():
    assert catalogue.current_template("visit_coming", language="pt").language == "en"


def test_generated_messages_hold_no_name_but_the_first_and_no_code(world, ben):
    participant = consented(world, by=ben, at=AT, name="Nina Sample")
    visits = list(participant.visits.select_related("site"))
    for number in range(GENERATED):
        template = catalogue.TEMPLATES[number % len(catalogue.TEMPLATES)]
        visit = visits[number % len(visits)]
        reminder = plan_reminder(
            key=f"generated:{number}", template=template.code, due_at=AT + timedelta(hours=number),
            site_id=visit.site_id, participant_id=participant.pk, visit_id=visit.pk, by=ben,
        )  # fmt: skip

        text = write_out(reminder, template, Recipient("nina@example.org", "Europe/Lisbon", first_name="Nina"))

        assert banned_words_in(text.nameless, words=PROTOCOL.banned_words) == []
        told = (visit.name, participant.screening_number, "Sample", visit.site.name, "MAPPLIKE", participant.public_id)
        assert not [word for word in told if word in text.nameless]


def test_the_appointment_is_told_in_the_recipients_zone(world, ben):
    participant = consented(world, by=ben, at=AT)
    visit = participant.visits.get(code="V1")
    starts_at = datetime(2026, 7, 10, 8, 30, tzinfo=UTC)
    move_visit(visit, starts_at=starts_at, reason="Summer", by=ben, at=AT)
    reminder = plan_reminder(
        key="zone", template="visit_coming", due_at=AT, site_id=visit.site_id, participant_id=participant.pk,
        visit_id=visit.pk, by=ben,
    )  # fmt: skip

    text = write_out(reminder, catalogue.current_template("visit_coming"), Recipient("n@x.org", "Europe/Lisbon"))

    assert "Friday 10 July 2026 at 09:30 (WEST)" in text.body
