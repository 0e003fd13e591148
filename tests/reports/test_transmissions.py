"""Tests of transmissions: each report leaves once, failures wait longer each time, a person settles doubts."""

import hashlib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError
from django.test import override_settings

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from reports import actions, queries
from reports.gateways import FolderGateway, GatewayError, MailGateway, configured
from reports.icsr.reading import read
from reports.models import Acknowledgement, Transmission, TransmissionStep
from reports.tasks import collect_acknowledgements, send_reports
from tests.reports.answers import acknowledgement
from tests.reports.conftest import MADE

LATER = MADE + timedelta(hours=1)


class Broken:
    """A gateway that refuses so many times, and then takes everything."""

    def __init__(self, times):
        self.times, self.taken = times, []

    def send(self, transmission):
        if self.times:
            self.times -= 1
            raise GatewayError("The line is dead.")
        self.taken.append(transmission.batch_number)

    def has(self, transmission):
        return transmission.batch_number in self.taken


@pytest.fixture
def gateway():
    return Person.objects.system("reports")


@pytest.fixture
def report(case, made):
    return made(case)


@pytest.fixture
def queue(report, sofia):
    def queued(receiver="regulator_eu"):
        return actions.queue_report(report, receiver=receiver, by=sofia, at=MADE)

    return queued


@pytest.fixture
def reports_folder(tmp_path, settings):
    settings.REPORT_DIR = tmp_path
    return tmp_path


def run(gateways, *, by, at):
    sent = []
    while (found := actions.claim_next(by=by, at=at)) is not None:
        sent.append(actions.deliver(found, gateways=gateways, by=by, at=at))
    return sent


def test_a_report_is_addressed_to_its_receiver_and_otherwise_the_same(report, queue):
    sent, kept = read(queue("regulator_us").content.encode()), read(report.content.encode())

    assert (sent.batch.receiver, sent.message.receiver) == ("ZZREGUS", "REGUS")
    assert sent.batch.number == f"{report.safety_report_id}-1-regulator_us"
    assert (sent.identification, sent.reactions, sent.drugs) == (kept.identification, kept.reactions, kept.drugs)


def test_asked_for_twice_a_report_leaves_once(queue, gateway, reports_folder):
    first, second = queue(), queue()

    run(configured(), by=gateway, at=MADE)
    run(configured(), by=gateway, at=LATER)

    assert first.pk == second.pk
    files = list((reports_folder / "out").iterdir())
    assert [file.name for file in files] == [f"{first.batch_number}.xml"]
    assert hashlib.sha256(files[0].read_bytes()).hexdigest() == first.digest
    first.refresh_from_db()
    assert (first.state, first.sent_at) == ("sent", MADE)


def test_an_unknown_receiver_is_refused(queue):
    with pytest.raises(Refused, match="Choose one of the receivers"):
        queue("nobody")


def test_each_failure_waits_longer_and_the_last_one_asks_a_person(queue, gateway, sofia):
    transmission, dead, at = queue(), {"folder": Broken(99)}, MADE
    waits = []
    for _ in range(6):
        assert len(run(dead, by=gateway, at=at)) == 1
        assert run(dead, by=gateway, at=at) == []
        transmission.refresh_from_db()
        if transmission.next_attempt_at:
            waits.append(int((transmission.next_attempt_at - at).total_seconds() // 60))
            at = transmission.next_attempt_at

    assert waits == [1, 5, 15, 60, 240]
    assert (transmission.state, transmission.failure) == ("failed", "The line is dead.")
    actions.retry(transmission, by=sofia, at=at)
    assert [each.state for each in run({"folder": Broken(0)}, by=gateway, at=at)] == ["sent"]


def test_only_a_failed_one_is_tried_again(queue, sofia):
    with pytest.raises(Refused, match="only a failed one"):
        actions.retry(queue(), by=sofia, at=MADE)


@pytest.mark.parametrize(("arrived", "state"), [(True, "sent"), (False, "queued")])
def test_of_a_worker_that_died_the_folder_tells_whether_the_report_left(queue, gateway, reports_folder, arrived, state):
    queue()
    claimed = actions.claim_next(by=gateway, at=MADE)
    if arrived:
        FolderGateway(reports_folder).send(claimed)

    assert actions.settle_doubts(gateways=configured(), by=gateway, at=MADE + timedelta(minutes=5)) == 0
    assert actions.settle_doubts(gateways=configured(), by=gateway, at=LATER) == 1
    claimed.refresh_from_db()
    assert claimed.state == state


@pytest.mark.parametrize(("arrived", "state"), [(True, "sent"), (False, "queued")])
def test_of_a_letter_nobody_can_tell_and_a_person_decides(queue, gateway, sofia, arrived, state):
    queue("ethics")
    claimed = actions.claim_next(by=gateway, at=MADE)
    actions.settle_doubts(gateways=configured(), by=gateway, at=LATER)
    claimed.refresh_from_db()
    assert claimed.state == "doubt"
    assert run(configured(), by=gateway, at=LATER) == []

    with pytest.raises(Refused, match="Say how you know"):
        actions.decide_doubt(claimed, arrived=arrived, reason=" ", by=sofia, at=LATER)
    actions.decide_doubt(claimed, arrived=arrived, reason="Telephoned", by=sofia, at=LATER)

    claimed.refresh_from_db()
    assert claimed.state == state
    with pytest.raises(Refused, match="nothing is in doubt"):
        actions.decide_doubt(claimed, arrived=True, reason="Again", by=sofia, at=LATER)


def test_a_letter_carries_the_report_under_an_id_of_its_own(queue, gateway):
    transmission = queue("ethics")
    with override_settings(MESSAGES_LEAVE_THE_HOUSE=True):
        run({"mail": MailGateway("committee@example.org")}, by=gateway, at=MADE)

    letter = mail.outbox[-1]
    assert letter.to == ["committee@example.org"]
    assert transmission.batch_number in letter.extra_headers["Message-ID"]
    assert letter.attachments[0][1] == transmission.content


def test_without_an_address_nothing_leaves_by_mail(queue, gateway):
    queue("ethics")
    failed = run({"mail": MailGateway("")}, by=gateway, at=MADE)[0]

    assert failed.failure == "No address is set to which reports go by e-mail."


def test_another_file_under_the_same_number_is_never_overwritten(queue, reports_folder):
    transmission, folder = queue(), FolderGateway(reports_folder)
    folder.out.mkdir()
    (folder.out / f"{transmission.batch_number}.xml").write_text("somebody else's")

    with pytest.raises(GatewayError, match="Another file"):
        folder.send(transmission)
    assert [path.name for path in folder.out.iterdir()] == [f"{transmission.batch_number}.xml"]


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(queue, tmp_path):
    (tmp_path / "out").write_text("a file, no folder")

    with pytest.raises(GatewayError, match="cannot be written to"):
        FolderGateway(tmp_path).send(queue())


def test_the_tasks_send_what_is_due_and_keep_what_is_answered(queue, reports_folder, report):
    transmission = queue()
    assert send_reports() == 1
    inbox = reports_folder / "in"
    inbox.mkdir()
    answer = acknowledgement(transmission.batch_number, {report.safety_report_id: ("CA", "")})
    (inbox / "1.xml").write_bytes(answer)
    (inbox / "2.xml").write_bytes(b"<nothing/>")
    (inbox / "note.txt").write_text("left alone")

    assert collect_acknowledgements() == 1

    transmission.refresh_from_db()
    assert transmission.state == "acknowledged"
    assert sorted(path.name for path in (reports_folder / "read").iterdir()) == ["1.xml", "2.xml"]
    assert [step.state for step in TransmissionStep.objects.order_by("id")] == ["queued", "sent", "acknowledged"]
    assert {step.recorded_by.username for step in TransmissionStep.objects.all()} == {"sofia", "system:reports"}


@pytest.mark.parametrize(
    ("answers", "batch_code", "state"),
    [
        ({"own": ("CA", "")}, "AA", "acknowledged"),
        ({"own": ("CR", "E.i.2.1b is unknown")}, "AE", "rejected"),
        ({}, "AA", "acknowledged"),
        ({}, "AR", "rejected"),
    ],
    ids=["taken", "refused", "the batch was taken", "the batch could not be read"],
)
def test_the_answer_says_what_became_of_a_report(
    queue, gateway, report, sofia, reports_folder, answers, batch_code, state
):
    transmission = queue()
    run(configured(), by=gateway, at=MADE)
    named = {report.safety_report_id: answers["own"]} if answers else {}
    content = acknowledgement(transmission.batch_number, named, batch_code=batch_code)

    kept = actions.keep_acknowledgement(content, by=sofia, at=LATER)
    again = actions.keep_acknowledgement(content, by=sofia, at=LATER)

    transmission.refresh_from_db()
    assert (transmission.state, transmission.answered_at) == (state, LATER)
    assert kept.pk == again.pk and Acknowledgement.objects.count() == 1
    assert kept.words == "".join(words for _, words in answers.values())


@pytest.mark.parametrize(
    ("batch", "code", "sent", "words"),
    [
        (None, "AE", True, "this one is not named"),
        ("another", "AA", True, "No batch another left from here"),
        (None, "AA", False, "nothing was sent to answer"),
    ],
)
def test_an_answer_to_nothing_is_refused(queue, gateway, sofia, reports_folder, batch, code, sent, words):
    transmission = queue()
    if sent:
        run(configured(), by=gateway, at=MADE)
    content = acknowledgement(batch or transmission.batch_number, {}, batch_code=code)

    with pytest.raises(Refused, match=words):
        actions.keep_acknowledgement(content, by=sofia, at=LATER)
    assert not Acknowledgement.objects.exists()


def test_what_is_no_acknowledgement_is_refused_at_its_field(sofia, db):
    with pytest.raises(Refused, match="no well-formed XML") as refusal:
        actions.keep_acknowledgement(b"hello", by=sofia, at=MADE)

    assert refusal.value.field == "file"


@pytest.mark.parametrize("state", ["acknowledged", "rejected", "failed", "doubt"])
def test_the_database_refuses_a_state_that_nothing_leads_to(queue, sofia, state):
    transmission = queue()

    with pytest.raises(DatabaseError, match="cannot go from queued"), contribution(by=sofia, reason="A try"):
        Transmission.objects.filter(pk=transmission.pk).update(state=state, sent_at=MADE)


def test_the_case_tells_who_did_what(queue, gateway, case, reports_folder):
    queue()
    run(configured(), by=gateway, at=LATER)

    assert [(step.state, step.recorded_by.username) for step in queries.steps_of(case)] == [
        ("sent", "system:reports"), ("queued", "sofia"),
    ]  # fmt: skip
