"""Tests of the sweep: planted mentions are found, each is decided once, and notes open to those who may read notes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from django.urls import reverse

from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import Viewer
from core.worklist import lines_of
from integration import actions as integration
from protocol.definition import load
from protocol.sweep import STRONGEST, changes_told, mentions_in
from safety import actions
from safety.models import AdverseEvent, Mention, SweptText
from safety.worklist import worklist_items
from tests.cast import PROTOCOL_FILE
from tests.conftest import size
from tests.integration.conftest import DOSED_AT, answers, start_dosing_visit, visit_of
from tests.safety.test_views import entered, report_url

LISTS = Path(__file__).parent
CALLED_AT = DOSED_AT + timedelta(days=2, hours=4)
LATER = CALLED_AT + timedelta(days=2)


def written(name):
    return yaml.safe_load((LISTS / f"{name}_mentions.yaml").read_text())


@pytest.fixture(scope="module")
def sweep():
    return load(PROTOCOL_FILE.read_text()).sweep


# --- the lists -------------------------------------------------------------------------------------------------------


def figures(sweep, sentences):
    """Returns recall, precision, and how many of a hundred plain sentences are found: at all, and strongly."""
    found = [sentence for sentence in sentences["mentions"] if mentions_in(sweep, sentence)]
    false = [mentions[0].strength for sentence in sentences["plain"] if (mentions := mentions_in(sweep, sentence))]
    recall, per_hundred = len(found) / len(sentences["mentions"]), 100 / len(sentences["plain"])
    precision = len(found) / (len(found) + len(false))
    return recall, precision, len(false) * per_hundred, false.count(STRONGEST) * per_hundred


def test_of_the_mentions_written_before_the_rules_nearly_all_are_found(sweep, evidence: Callable[..., None], capsys):
    told = {name: figures(sweep, written(name)) for name in ("planted", "held_out", "blind", "fourth")}

    lines = [
        f"{name}: recall {recall:.1%}, precision {precision:.1%}; of 100 plain {false:.0f} hits, {strong:.0f} strong"
        for name, (recall, precision, false, strong) in told.items()
    ]
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    evidence("free_text_sweep", table=lines)
    assert all(recall >= 0.95 for recall, *_ in told.values())
    # A reader who is drowned in what is nothing reads nothing: what speaks strongly must be worth reading.
    assert told["fourth"][3] <= 5


def test_planted_sentences_are_found_in_whole_notes(sweep):
    """A thousand notes at full size, each with one mention among plain sentences in a different place."""
    sentences = written("planted")
    notes = size(small=122, full=1_000)
    missed = 0
    for number in range(notes):
        mention = sentences["mentions"][number % len(sentences["mentions"])]
        plain = [sentences["plain"][(number + step) % len(sentences["plain"])] for step in range(4)]
        plain.insert(number % 5, mention)
        missed += mention not in {one.sentence for one in mentions_in(sweep, " ".join(plain))}

    assert missed <= notes * 0.05


@pytest.mark.parametrize("answer", ["No change", "none", "Nothing new.", "As before", ""])
def test_an_answer_that_tells_of_no_change_is_no_mention(sweep, answer):
    assert changes_told(sweep, answer) == ()


def test_any_other_answer_to_the_question_is_one_whatever_its_words(sweep):
    [mention] = changes_told(sweep, "Whoo.")

    assert (mention.rules, mention.strength) == (("asked",), STRONGEST)


def test_what_is_routine_is_struck_out_and_the_rest_still_read(sweep):
    assert mentions_in(sweep, "Slept well.") == ()
    [mention] = mentions_in(sweep, "Slept well, then vomited.")
    assert "vomited" in mention.words


# --- reading and deciding --------------------------------------------------------------------------------------------


@pytest.fixture
def nadia(nina, ben):
    start_dosing_visit(nina, by=ben, at=DOSED_AT)
    return nina


@pytest.fixture
def called(nadia, tess):
    def call(*, day=2, **told):
        return integration.record_contact(
            visit_of(nadia, f"V5-PH{day}"), reached=True, answers=answers(), submission_id=uuid4(), by=tess,
            at=DOSED_AT + timedelta(days=day, hours=4), told=integration.Told(**told),
        )  # fmt: skip

    return call


def swept(at=LATER):
    return actions.sweep_texts(by=Person.objects.system("safety"), at=at, most=50)


def test_a_call_is_read_once_and_a_sentence_asked_about_once(called, nadia):
    called(wellbeing="Slept well. Had a panic attack on Monday.", changes_in_feeling="No change")

    assert (swept(), swept()) == (1, 0)
    [mention] = Mention.objects.all()
    assert (mention.sentence, mention.words, mention.participant) == (
        "Had a panic attack on Monday.", ["panic", "attack", "had"], nadia
    )  # fmt: skip
    assert SweptText.objects.get().mentions == 1


def test_a_mention_is_decided_once_with_the_event_or_the_reason(called, report, nadia, ben, tess):
    called(wellbeing="Fell on the stairs. Cried a little.", changes_in_feeling="None")
    swept()
    fall, cry = Mention.objects.order_by("id")

    event = report(term="Fall")
    actions.report_mention(fall, event=event, by=ben, at=LATER)
    with pytest.raises(Refused, match="no event"):
        actions.dismiss_mention(cry, reason=" ", by=tess, at=LATER)
    actions.dismiss_mention(cry, reason="Tears of joy at a film, long before", by=tess, at=LATER)

    with pytest.raises(Conflict):
        actions.dismiss_mention(fall, reason="No", by=tess, at=LATER)
    assert list(Mention.objects.order_by("id").values_list("state", flat=True)) == ["event", "none"]


def test_an_event_of_somebody_else_is_refused(called, carol, carl, ben):
    called(wellbeing="Fell on the stairs.", changes_in_feeling="None")
    swept()
    event = actions.report_adverse_event(
        carol, description=actions.EventDescription("Fall", "2026-01", "mild", "unwelcome"),
        site_aware_at=LATER, submission_id=uuid4(), by=carl, at=LATER,
    )  # fmt: skip

    with pytest.raises(Refused, match="same participant"):
        actions.report_mention(Mention.objects.get(), event=event, by=ben, at=LATER)


def test_reporting_from_a_mention_decides_it_and_names_where_it_was_told(called, nadia, tess, client_for):
    called(wellbeing="Fell on the stairs.", changes_in_feeling="None")
    swept()
    mention = Mention.objects.get()
    client, key = client_for(tess), f"mention:{mention.public_id}"

    page = client.get(report_url(nadia), {"from": key}).content.decode()
    client.post(report_url(nadia), entered(source=key, term="Fall"))

    mention.refresh_from_db()
    event = AdverseEvent.objects.get(participant=nadia)
    assert "Fell on the stairs." in page
    assert (mention.state, mention.event) == ("event", event)
    assert (event.source_kind, event.source_id) == ("visit", visit_of(nadia, "V5-PH2").public_id)


def test_the_pages_list_decide_and_count(called, nadia, ben, sofia, client_for):
    called(wellbeing="Fell on the stairs.", changes_in_feeling="None")
    swept()
    mention, client = Mention.objects.get(), client_for(ben)
    dismiss = reverse("safety:mention-dismiss", args=[mention.public_id])

    assert "Fell on the stairs." in client.get(reverse("safety:mention-list")).content.decode()
    assert client.post(dismiss, {"reason": ""}).status_code == 422
    client.post(dismiss, {"reason": "In a dream"})
    assert client_for(sofia).post(dismiss, {"reason": "x"}).status_code == 404
    told_in = reverse("patients:visit-detail", args=[visit_of(nadia, "V5-PH2").public_id])
    assert told_in in client_for(sofia).get(reverse("safety:mention-detail", args=[mention.public_id])).content.decode()
    assert client_for(sofia).get(told_in).status_code == 200
    assert "100 %" in client.get(reverse("safety:mention-list")).content.decode()


def test_a_sentence_is_linked_to_an_event_on_its_page(called, report, nadia, ben, client_for):
    called(wellbeing="Fell on the stairs.", changes_in_feeling="None")
    swept()
    event, mention = report(term="Fall"), Mention.objects.get()
    page = reverse("safety:mention-detail", args=[mention.public_id])

    assert "AE 1 Fall" in client_for(ben).get(page).content.decode()
    assert client_for(ben).post(f"{page}link/", {"event": ""}).status_code == 422
    client_for(ben).post(f"{page}link/", {"event": event.public_id})
    mention.refresh_from_db()
    assert mention.event == event


def test_what_a_note_says_opens_to_those_who_read_notes(nadia, world, ada, ben, mona, client_for):
    Mention.objects.create(
        participant=nadia, site=nadia.site, kind="note", text_id="itn_x", key="note:x:1", words=["panic"],
        sentence="Panic in the night.", rules=["FT-ANX"], told_at=LATER, recorded_by=ada,
    )  # fmt: skip
    url = reverse("safety:mention-list")

    readers = {person.username: "Panic in the night." in client_for(person).get(url).content.decode()
               for person in (ada, ben, mona)}  # fmt: skip
    assert readers == {"ada": True, "ben": False, "mona": False}


def test_a_positive_answer_waits_until_somebody_says_whether_it_is_an_event(nadia, tess, client_for):
    integration.record_contact(
        visit_of(nadia, "V5-PH2"), reached=True, answers=answers(I1=True, I2=True, I3=True, I4=True, I5=False),
        submission_id=uuid4(), by=tess, at=CALLED_AT, told=integration.Told("Bad", changes_in_feeling="None"),
    )  # fmt: skip
    [mention] = Mention.objects.all()
    client, key = client_for(tess), f"mention:{mention.public_id}"

    assert (
        mention.kind == "answer"
        and "suicidality scale"
        in client.get(reverse("safety:mention-detail", args=[mention.public_id])).content.decode()
    )
    client.post(report_url(nadia), entered(source=key, term="Suicidal ideation"))

    mention.refresh_from_db()
    assert mention.event == AdverseEvent.objects.get(participant=nadia)


def test_the_worklist_asks_for_a_few_and_no_more(called, nadia, tess):
    called(wellbeing="Fell. Panic. Nausea. Headache. Rash. Fever. Cramps.", changes_in_feeling="None")
    swept()

    lines = [line.task for line in lines_of(worklist_items(Viewer.at(tess, LATER), LATER))]
    assert Mention.objects.count() == 7
    assert lines.count("Decide whether a sentence tells an event") == 5
