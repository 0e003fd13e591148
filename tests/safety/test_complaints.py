"""Tests of complaints: told past the site, read by their list alone, never by who is named; a duty rests at once."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader

from core.contributions import contribution, reading_as
from core.errors import Conflict, Refused
from core.models import Person
from portal.actions import send_report
from safety import actions, queries
from safety.models import Complaint, ComplaintNamed, ComplaintReader, ComplaintStep
from tests.cast import AT
from trials.models import Delegation
from trials.queries import duties_of

HOUR = timedelta(hours=1)


@pytest.fixture
def tell(world, ben):
    """Tells a complaint of Ben's about Tess, unless said otherwise."""

    def told(**changes):
        said = {"site": world.sites["A"], "source": "staff", "kind": "boundary", "words": "Stayed alone with her.",
                "named": [world.people["tess"]], "submission_id": uuid4(), "by": ben, "at": AT}  # fmt: skip
        with reading_as(said["by"]):
            return actions.tell_complaint(**said | changes)

    return told


def read_by(person, key):
    """Returns how many rows of each table about a complaint the database shows to a person."""
    with reading_as(person):
        return (
            Complaint.objects.filter(public_id=key).count(),
            ComplaintNamed.objects.filter(complaint_key=key).count(),
            ComplaintStep.objects.filter(complaint_key=key).count(),
        )


def as_desk(person, act, complaint, **said):
    with reading_as(person):
        return act(complaint, **said, by=person, at=said.pop("at", AT + HOUR))


def test_the_database_opens_it_to_the_list_and_to_nobody_else(tell, world):
    key = tell().public_id

    seen = {name: read_by(person, key)[0] for name, person in world.people.items()}

    assert {name for name, rows in seen.items() if rows} == {"ben", "sofia", "orla"}
    assert read_by(world.people["tess"], key) == (0, 0, 0)


def test_whoever_of_the_desk_is_named_is_not_on_the_list(tell, world):
    key = tell(named=[world.people["sofia"]]).public_id

    assert read_by(world.people["sofia"], key) == (0, 0, 0)
    assert read_by(world.people["orla"], key)[0] == 1


def test_whoever_is_named_later_is_off_the_list_at_once_and_cannot_come_back(tell, world, orla, sofia):
    complaint = tell()
    with reading_as(orla):
        actions.name_person(complaint, person=sofia, by=orla, at=AT)

    assert read_by(sofia, complaint.public_id) == (0, 0, 0)
    with reading_as(orla), pytest.raises(Refused, match="named"):
        actions.add_reader(complaint, person=sofia, by=orla, at=AT)
    with pytest.raises(DatabaseError, match="cannot be on its list"), transaction.atomic():
        with contribution(by=orla, reason="Past the action"):
            ComplaintReader.objects.create(
                complaint_key=complaint.public_id, person=world.people["tess"], part="desk", added_by=orla
            )


def test_nobody_of_a_list_lets_the_own_ending_fall(tell, world, orla, sofia):
    complaint = tell()
    with reading_as(orla):
        actions.name_person(complaint, person=sofia, by=orla, at=AT)

    with pytest.raises(DatabaseError), transaction.atomic(), contribution(by=sofia, reason="Back on the list"):
        ComplaintReader.objects.filter(complaint_key=complaint.public_id, person=sofia).update(ended_at=None)
        raise DatabaseError("Nothing was changed either.")
    assert read_by(sofia, complaint.public_id) == (0, 0, 0)


def test_somebody_else_is_put_on_the_list_once(tell, orla, mel):
    complaint = tell()
    with reading_as(orla):
        actions.add_reader(complaint, person=mel, by=orla, at=AT)
        with pytest.raises(Conflict):
            actions.add_reader(complaint, person=mel, by=orla, at=AT)
        listed = queries.readers_of(complaint)

    assert read_by(mel, complaint.public_id)[0] == 1
    assert ("Mel Hart", "Works on it") in listed and ("Ben Okafor", "Told it") in listed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"words": " "}, "Say what happened"),
        ({"kind": "weather"}, "what it is about"),
    ],
)
def test_what_cannot_be_right_is_refused(tell, changes, words):
    with pytest.raises(Refused, match=words):
        tell(**changes)


def test_the_own_person_and_the_whole_desk_are_not_named(tell, ben, sofia, orla):
    with pytest.raises(Refused, match="own person"):
        tell(named=[ben])
    with pytest.raises(Refused, match="ethics board"):
        tell(named=[sofia, orla])


def test_the_same_form_tells_one_complaint(tell):
    key = uuid4()

    assert tell(submission_id=key).pk == tell(submission_id=key).pk


def test_it_is_acknowledged_once_worked_on_and_closed(tell, orla, sofia):
    complaint = tell()
    with reading_as(orla):
        with pytest.raises(Refused, match="First acknowledge"):
            actions.take_step(complaint, kind="note", text="X", by=orla, at=AT)
        held = actions.acknowledge_complaint(complaint, text="I call her today", by=orla, at=AT + HOUR)
    with reading_as(sofia):
        with pytest.raises(Conflict):
            actions.acknowledge_complaint(complaint, text="Too", by=sofia, at=AT + HOUR)
        sent = {"kind": "ethics", "text": "Letter 7", "by": sofia, "at": AT + HOUR}
        assert actions.take_step(held, **sent).pk == actions.take_step(held, **sent).pk
        with pytest.raises(Refused, match="founded"):
            actions.close_complaint(held, verdict="maybe", outcome="X", by=sofia, at=AT + HOUR)
        actions.close_complaint(held, verdict="founded", outcome="A warning", by=sofia, at=AT + HOUR)
        with pytest.raises(Conflict):
            actions.take_step(held, kind="note", text="More", by=sofia, at=AT + HOUR)
        kinds = [step.kind for step in queries.steps_of_complaint(held)]

    assert kinds == ["acknowledged", "ethics", "closed"]


def test_a_suspended_duty_rests_from_that_minute_and_the_log_does_not_say_why(tell, tess, sofia, world):
    complaint, site = tell(), world.sites["A"]
    assert "therapist" in duties_of(tess, site_id=site.pk, on=AT.date())
    with reading_as(sofia):
        held = actions.acknowledge_complaint(complaint, text="At once", by=sofia, at=AT)
        duty = Delegation.objects.get(person=tess, duty="therapist")
        other = Delegation.objects.filter(person__username="theo").first()
        with pytest.raises(Refused, match="names"):
            actions.suspend_duty(held, delegation=other, text="X", by=sofia, at=AT)
        actions.suspend_duty(held, delegation=duty, text="She was alone with her", by=sofia, at=AT)

    assert "therapist" not in duties_of(tess, site_id=site.pk, on=AT.date())
    assert "nurse" in duties_of(tess, site_id=site.pk, on=AT.date())


def test_staff_tell_it_on_a_page_and_see_how_it_stands(tell, world, ben, tess, orla, client_for):
    form = {"kind": "conduct", "site": "S01", "words": "Shouted at her.", "named": [tess.public_id],
            "submission_id": str(uuid4())}  # fmt: skip
    client = client_for(ben)

    refused = client.post(reverse("safety:complaint-tell"), form | {"words": ""})
    client.post(reverse("safety:complaint-tell"), form)

    assert refused.status_code == 422
    with reading_as(ben):
        complaint = Complaint.objects.get()
    address = reverse("safety:complaint-detail", args=[complaint.public_id])
    assert client_for(tess).get(address).status_code == 404
    mine = client.get(address).content.decode()
    assert "Shouted at her." in mine and "Who can read it" not in mine
    desk = client_for(orla)
    assert "Acknowledge a complaint" in desk.get("/").content.decode()
    desk.post(reverse("safety:complaint-acknowledge", args=[complaint.public_id]), {"text": "I call you today"})
    assert "I call you today" in desk.get(address).content.decode()


def test_what_a_participant_said_becomes_a_case(nina, orla, client_for):
    report = send_report(
        nina, kind="boundary", words="He held my hand.", wants_answer=True, submission_id=uuid4(),
        by=Person.objects.system("portal"), at=AT,
    )  # fmt: skip

    page = client_for(orla).get(reverse("safety:complaint-tell"), {"report": report.public_id})

    assert "He held my hand." in page.content.decode()


def test_the_register_names_nobody(tell, orla, client_for):
    tell()

    answer = client_for(orla).get(reverse("safety:complaint-register"))

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Boundaries" in text and "Tess" not in text and "Ben" not in text
