"""Tests of marks that the words of an event propose: a person takes or refuses each, and nothing is left out."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import Refused
from core.permissions import Viewer
from core.worklist import lines_of
from safety import actions
from safety.models import Alert
from safety.worklist import worklist_items
from tests.cast import AT

LATER = AT + timedelta(hours=1)


def latest(event):
    return event.revisions.order_by("-number")[0]


def test_a_proposal_sets_nothing_by_itself(report, nina):
    event = report(term="Euphoric mood, welcome")

    assert (latest(event).event_group, latest(event).abuse_related) == ("none", False)
    assert latest(event).proposals == ["abuse", "abuse_related"]
    assert not Alert.objects.filter(participant=nina).exists()


def test_a_group_that_is_taken_alerts_and_is_proposed_no_more(report, nina, ben):
    event = report(term="Suicidal thoughts")

    actions.take_proposal(event, mark="suicidality", by=ben, at=LATER)

    assert (latest(event).event_group, latest(event).proposals) == ("suicidality", [])
    assert Alert.objects.filter(participant=nina, rule="AESI-SUI").count() == 1


def test_what_is_refused_is_kept_with_the_reason_and_not_asked_again(report, ben):
    event = report(term="Euphoric mood")

    with pytest.raises(Refused, match="Say why"):
        actions.refuse_proposal(event, mark="abuse", reason=" ", by=ben, at=LATER)
    actions.refuse_proposal(event, mark="abuse", reason="A calm joy", by=ben, at=LATER)
    actions.revise_adverse_event(event, changes={"severity": "moderate"}, reason="Stronger", by=ben, at=LATER)

    assert latest(event).proposals == ["abuse_related"]
    assert "A calm joy" in event.revisions.get(number=2).reason
    with pytest.raises(Refused, match="not proposed any more"):
        actions.take_proposal(event, mark="abuse", by=ben, at=LATER)


def test_new_words_of_a_revision_propose_anew(report, ben):
    event = report()

    actions.revise_adverse_event(event, changes={"narrative": "Then she fainted."}, reason="Told", by=ben, at=LATER)

    assert latest(event).proposals == ["cardiac_qt"]


def test_the_page_asks_and_keeps_what_was_decided(report, tess, client_for):
    event = report(term="Euphoric mood")
    client, page = client_for(tess), reverse("safety:adverse-event-detail", args=[event.public_id])
    refuse = reverse("safety:proposal-refuse", args=[event.public_id, "abuse"])

    assert "The description says “euphoric”" in client.get(page).content.decode()
    assert client.post(refuse, {"abuse-reason": ""}).status_code == 422
    client.post(refuse, {"abuse-reason": "No craving"})
    client.post(reverse("safety:proposal-take", args=[event.public_id, "abuse_related"]))

    assert (latest(event).abuse_related, latest(event).proposals) == (True, [])


def test_the_worklist_asks_until_it_is_decided(report, ben):
    event = report(term="Fainted")

    def asked():
        return [line.task for line in lines_of(worklist_items(Viewer.at(ben, LATER), LATER))]

    assert "Decide what an event is marked as" in asked()
    actions.take_proposal(event, mark="cardiac_qt", by=ben, at=LATER)
    assert "Decide what an event is marked as" not in asked()
