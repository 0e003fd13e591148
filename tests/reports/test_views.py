"""The pages of the sponsor's safety desk, through a browser's requests."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from core.contributions import contribution
from reports import actions
from reports.models import CaseReport, Transmission
from reports.tasks import send_reports
from tests.reports.answers import acknowledgement
from tests.reports.conftest import MADE

CODED = {"code": "10019211", "dictionary_version": "27.1"}


def page(event, name="case-detail"):
    return reverse(f"reports:{name}", args=[event.public_id])


def text_of(answer):
    return answer.content.decode()


def test_a_case_goes_from_draft_to_answer_by_the_page_alone(serious, sofia, client_for, settings, tmp_path):
    settings.REPORT_DIR = tmp_path
    event, client = serious(), client_for(sofia)
    draft = client.get(page(event))
    assert "a draft from the record; nobody has read it yet" in text_of(draft)

    written = {"text": "As it was.", "reason": "Drafted and read", "seen_number": 0}
    client.post(page(event, "narrative-keep"), written, follow=True)
    made = client.post(page(event, "report-make"), CODED | {"submission_id": str(uuid4())}, follow=True)
    assert "Initial report 1 is made" in text_of(made)
    report = CaseReport.objects.get()
    sent = client.post(
        reverse("reports:report-send", args=[report.public_id]), {"receiver": "regulator_eu"}, follow=True
    )
    assert "on its way to: European regulator" in text_of(sent)
    assert send_reports() == 1
    content = acknowledgement(
        Transmission.objects.get().batch_number, {report.safety_report_id: ("CR", "No such term")}
    )
    answered = client.post(
        reverse("reports:answer-keep"), {"file": SimpleUploadedFile("ack.xml", content)}, follow=True
    )

    assert "No such term" in text_of(answered) and "Rejected" in text_of(answered)
    assert "Rejected" in text_of(client.get(reverse("reports:case-list")))


def test_faults_come_back_by_their_numbers_and_nothing_typed_is_lost(case, sofia, client_for):
    actions.keep_narrative(case, text="It was placebo.", reason="x", seen_number=1, by=sofia, at=MADE)
    form = CODED | {"sender_comment": "Looked at it twice", "submission_id": str(uuid4())}

    answer = client_for(sofia).post(page(case, "report-make"), form)

    assert answer.status_code == 422
    assert "H.1: The word “placebo” could reveal" in text_of(answer)
    assert "Looked at it twice" in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "12"}, "A code has eight digits."),
        ({"dictionary_version": "new"}, "Write the version as 27.1."),
        ({"died_on_year": "2026", "died_why": "UNK"}, "not both"),
    ],
)
def test_bad_input_is_told_at_its_field(serious, sofia, client_for, changes, words):
    event = serious(seriousness=("death",), outcome="fatal")
    form = CODED | {"submission_id": str(uuid4())} | changes

    answer = client_for(sofia).post(page(event, "report-make"), form)

    assert answer.status_code == 422
    assert words in text_of(answer)


def test_an_amendment_says_what_was_wrong(case, made, sofia, client_for):
    made(case)
    form = CODED | {"amends": "on", "submission_id": str(uuid4())}

    answer = client_for(sofia).post(page(case, "report-make"), form)

    assert answer.status_code == 422 and "Say what was wrong." in text_of(answer)


def test_a_failed_one_and_one_in_doubt_are_the_first_things_to_do(case, made, sofia, client_for):
    report, client = made(case), client_for(sofia)
    for receiver, state in (("regulator_eu", "failed"), ("ethics", "doubt")):
        each = actions.queue_report(report, receiver=receiver, by=sofia, at=MADE)
        with contribution(by=sofia, reason="Arranged by the test"):
            Transmission.objects.filter(pk=each.pk).update(state="sending")
            Transmission.objects.filter(pk=each.pk).update(state=state, failure="The line is dead.")

    worklist = text_of(client.get("/"))
    assert "Try the transmission again" in worklist and "Find out whether the report arrived" in worklist
    shown = text_of(client.get(page(case)))
    assert "Failed: European regulator" in shown and "In doubt: Ethics committee" in shown
    failed, doubt = Transmission.objects.get(state="failed"), Transmission.objects.get(state="doubt")
    client.post(reverse("reports:transmission-retry", args=[failed.public_id]))
    refused = client.post(reverse("reports:transmission-decide", args=[doubt.public_id]), {"arrived": "yes"})
    told = {"arrived": "no", "reason": "Telephoned"}
    client.post(reverse("reports:transmission-decide", args=[doubt.public_id]), told)

    assert refused.status_code == 422
    assert set(Transmission.objects.values_list("state", flat=True)) == {"queued"}


@pytest.mark.parametrize(
    ("content", "words"), [(b"hello", "no well-formed XML"), (b"a" * 5_000_001, "larger than 5 MB")]
)
def test_a_file_that_is_no_answer_is_told(db, world, sofia, client_for, content, words):
    answer = client_for(sofia).post(reverse("reports:answer-keep"), {"file": SimpleUploadedFile("a.xml", content)})

    assert answer.status_code == 422 and words in text_of(answer)


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ("cioms", ["not an official form", "II. Suspect drug", "Blinded study drug", "A headache at home."]),
        ("medwatch", ["not an official form", "G. Sponsor", "Blinded study drug"]),
        ("dossier", ["Revisions of the event", "European regulator", "Sofia Reyes"]),
    ],
)
def test_a_case_is_printed(case, made, sofia, client_for, paper, words):
    actions.queue_report(made(case), receiver="regulator_eu", by=sofia, at=MADE)

    answer = client_for(sofia).get(reverse("reports:case-paper", args=[case.public_id, paper]))

    printed = " ".join(each.extract_text() for each in PdfReader(BytesIO(answer.content)).pages)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert [word for word in words if word not in " ".join(printed.split())] == []
    assert "lacebo" not in printed


def test_the_report_is_fetched_as_it_was_made(case, made, sofia, client_for):
    report = made(case)

    answer = client_for(sofia).get(reverse("reports:report-file", args=[report.public_id]))

    assert answer.content.decode() == report.content
    assert report.safety_report_id in answer.headers["Content-Disposition"]


def test_before_a_report_there_is_no_paper(serious, sofia, client_for):
    assert client_for(sofia).get(reverse("reports:case-paper", args=[serious().public_id, "cioms"])).status_code == 404


@pytest.mark.parametrize("username", ["ada", "ben", "mona", "mel", "dev", "cleo", "phil"])
def test_nobody_but_the_safety_desk_meets_a_case(case, made, world, client_for, username):
    report, client = made(case), client_for(world.people[username])

    for address in (
        reverse("reports:case-list"), page(case), reverse("reports:report-file", args=[report.public_id]),
        reverse("reports:case-paper", args=[case.public_id, "dossier"]),
    ):  # fmt: skip
        assert client.get(address).status_code == 404
