"""A case unblinded for regulators: by one person apart, on record before the answer, and for everybody else a day."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.contributions import reading_as
from core.errors import Refused, WrongPassword
from core.permissions import Viewer
from pharmacy import regulators
from pharmacy.regulators import Answered
from reports import actions, queries
from reports.icsr.reading import read
from reports.models import CaseReport
from reports.worklist import worklist_items
from safety import actions as safety_actions
from safety.models import RegulatorNotice
from tests import stages
from tests.arms import swap_arms
from tests.cast import AT, PASSWORD
from tests.databases import owner_cursor
from tests.furnished import LOOKED_AT, unexpected_case
from tests.reading import text_of
from tests.reports.answers import acknowledgement

PRODUCTS = {"MDMA": "Midomafetamine", "PBO": "Placebo"}
# What is drawn, and the moment at which a page is looked at.
DRAWN = re.compile(r'<time[^>]*>.*?</time>|value="[^"]*"|[a-z]{3}_[a-z2-9]{16}|[0-9a-f]{12,}', re.DOTALL)


@pytest.fixture
def report(own_database, world, ben, ada, sofia) -> CaseReport:
    """The blinded report of a suspected unexpected serious reaction of somebody who was randomised."""
    with reading_as(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
    with reading_as(sofia):
        return unexpected_case(world, participant)


@pytest.fixture(scope="module")
def read_by_arm() -> dict[str, list[str]]:
    """What blinded people read, by what was given; gathered over the tests of this file."""
    return {}


def unblind(stan, **changed):
    with reading_as(stan):
        (case,) = queries.regulator_cases(by=stan)
        given = {"reason": "To be reported", "password": PASSWORD, "by": stan, "at": LOOKED_AT} | changed
        return actions.report_unblinded(case, **given)


def rows_of(database, statement):
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("exchanged", [False, True], ids=["arms as drawn", "arms exchanged"])
def test_regulators_read_what_was_given_and_everybody_else_the_day(
    own_database, report, stan, ada, sofia, client_for, read_by_arm, exchanged
):
    if exchanged:
        swap_arms(own_database)
    ((arm,),) = rows_of(own_database, "SELECT arm FROM allocation.slot WHERE participant_id IS NOT NULL")
    browser, addresses = client_for(stan), [f"/adverse-events/{report.event.public_id}/"]
    listed = browser.get("/regulator-reports/")
    base = f"/regulator-reports/{report.public_id}/"

    made = browser.post(f"{base}make/", {"reason": "To be reported", "password": PASSWORD})
    file = browser.post(f"{base}file/", {"receiver": "regulator_us"})
    before = client_for(ada).get(addresses[0])
    sent = browser.post(f"{base}sent/", {"receiver": "regulator_us", "reference": "US-1"})

    assert (made.status_code, file.status_code, sent.status_code) == (302, 200, 302)
    drug, *_ = read(file.content).drugs
    assert (drug.name, drug.blinded) == (PRODUCTS[arm], False)
    assert read(file.content).batch.receiver == "ZZREGUS"
    assert PRODUCTS[arm] in read(file.content).narrative.text
    assert not any(word in listed.content.decode() for word in PRODUCTS.values())
    assert "Reported to regulators" not in before.content.decode()
    pages = [text_of(client_for(person).get(addresses[0])) for person in (ada, sofia)]
    pages.append(text_of(client_for(sofia).get(f"/adverse-events/{report.event.public_id}/case/")))
    assert all("Reported to regulators on" in page for page in pages)
    assert not any(word in page for page in pages for word in PRODUCTS.values())
    read_by_arm[arm] = [line for page in pages for line in DRAWN.sub("#", page).splitlines()]
    first, *others = read_by_arm.values()
    assert [pair for other in others for pair in zip(first, other, strict=True) if pair[0] != pair[1]] == []


def test_the_question_is_on_record_before_the_answer(own_database, report, stan, monkeypatch):
    def away(*args, **kwargs):
        raise Refused("The answer is lost.")

    monkeypatch.setattr(regulators, "reveal_case", away)

    with pytest.raises(Refused, match="lost"):
        unblind(stan)

    assert rows_of(own_database, "SELECT reason, actor_id FROM allocation.reveal_log") == [("To be reported", stan.pk)]
    assert rows_of(own_database, "SELECT 1 FROM allocation.regulator_report") == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"password": "wrong"}, WrongPassword), ({"reason": "  "}, Refused)],
    ids=["password", "reason"],
)
def test_without_password_or_reason_nothing_is_revealed(own_database, report, stan, changed, error):
    with pytest.raises(error, match="Nothing was revealed"):
        unblind(stan, **changed)

    assert rows_of(own_database, "SELECT 1 FROM allocation.reveal_log") == []


@pytest.mark.parametrize("username", ["sofia", "ada", "dev", "mel", "phil"])
def test_the_room_opens_to_nobody_else(own_database, world, report, stan, username):
    person = world.people[username]
    key = report.public_id
    log_id = _asked(stan, report)

    with reading_as(person):
        for call in (
            lambda: regulators.cases(related=["possible"], by=person),
            lambda: regulators.ask_to_report(key, related=["possible"], reason="Why", by=person, at=AT),
            lambda: regulators.reveal_case(log_id, key=key, by=person),
            lambda: regulators.report_of(key, by=person),
            lambda: regulators.case(key, related=["possible"], by=person),
            lambda: regulators.keep_answer(
                key, receiver="x", answer=Answered("1", "AA", "", "", AT), content="<a/>", by=person
            ),
            lambda: regulators.record_sent(key, receiver="x", name="X", reference="1", by=person, at=AT),
        ):
            with pytest.raises(Refused, match="not open to you"):
                call()


def _asked(stan, report) -> int:
    with reading_as(stan):
        return regulators.ask_to_report(
            report.public_id, related=queries.related_words(), reason="To be reported", by=stan, at=LOOKED_AT
        )


def sent_case(stan):
    unblind(stan)
    with reading_as(stan):
        (case,) = queries.regulator_cases(by=stan)
        actions.record_sent(case, receiver=queries.receivers()["regulator_eu"], reference="EU-1", by=stan, at=LOOKED_AT)
        return queries.regulator_case(case.key, by=stan)


def test_what_a_receiver_answers_is_kept_in_the_room(own_database, report, stan, sofia, client_for):
    case = sent_case(stan)
    with reading_as(stan):
        file = read(actions.file_for(case, receiver=queries.receivers()["regulator_eu"], by=stan))
    number, batch = file.identification.safety_report_id, file.batch.number
    browser, url = client_for(stan), f"/regulator-reports/{report.public_id}/answer/"

    def answered(content):
        return browser.post(url, {"file": SimpleUploadedFile("ack.xml", content)}, follow=True)

    none, other = answered(b"<a/>"), answered(acknowledgement("batch-9", {}))
    unnamed = answered(acknowledgement(batch, {}, batch_code="AE"))
    first = answered(acknowledgement(batch, {number: ("CR", "1: E.i.2.1b")}, batch_code="AE"))
    answered(acknowledgement(batch, {number: ("CR", "1: E.i.2.1b")}, batch_code="AE"))
    second = answered(acknowledgement(batch, {number: ("CA", "")}))

    assert [page.status_code for page in (none, other, unnamed, first, second)] == [422, 422, 422, 200, 200]
    assert "No batch batch-9 of this case was sent (ACK.A.1)" in other.content.decode()
    assert "Refused" in text_of(first) and "1: E.i.2.1b" in text_of(first)
    assert "1 answered with a refusal" in text_of(first) and "answered with a refusal" not in text_of(second)
    assert rows_of(own_database, "SELECT report_code FROM sealed.regulator_answer ORDER BY id") == [
        ("CR",),
        ("CA",),
    ]
    assert "ACK-1" not in text_of(client_for(sofia).get(f"/adverse-events/{report.event.public_id}/case/"))


def test_a_case_that_waits_calls_who_holds_the_room_and_nobody_else(
    own_database, report, stan, sofia, ada, mel, client_for
):
    with reading_as(sofia):
        due_at = min(report.event.clocks.exclude(rule="site_to_sponsor_sae").values_list("due_at", flat=True))
    task = "Unblind the case and report it"

    def called(person):
        return task in text_of(client_for(person).get("/"))

    before = DRAWN.sub("#", text_of(client_for(stan).get("/")))
    with reading_as(stan):
        (line,) = worklist_items(Viewer.at(stan, due_at), due_at)
        late = worklist_items(Viewer.at(stan, due_at), due_at + timedelta(days=1))[0]
    swap_arms(own_database)
    assert DRAWN.sub("#", text_of(client_for(stan).get("/"))) == before
    assert (line.subject, line.due_at, line.state) == ("Case", due_at, "closing")
    assert late.state == "overdue" and report.safety_report_id in before
    assert not any(word in before.casefold() for word in ("mdma", "placebo", *map(str.casefold, PRODUCTS.values())))
    assert [called(person) for person in (stan, sofia, ada, mel)] == [True, False, False, False]
    with reading_as(sofia), pytest.raises(Refused, match="not open to you"):
        queries.cases_that_wait()

    sent_case(stan)
    assert not called(stan)


def test_one_case_is_read_and_logged_alone(own_database, report, stan):
    with reading_as(stan):
        assert queries.regulator_case("icr_other", by=stan) is None
        case = queries.regulator_case(report.public_id, by=stan)

    assert case.key == report.public_id
    logged = rows_of(own_database, "SELECT kind, subject FROM audit.access WHERE kind LIKE 'case% for regulators'")
    assert {target for _, target in logged} == {"icr_other", report.public_id}


def test_a_case_is_unblinded_once_and_sent_to_a_receiver_once(own_database, report, stan, sofia):
    first, again = unblind(stan), unblind(stan)
    with reading_as(stan):
        (case,) = queries.regulator_cases(by=stan)
        for reference in ("EU-1", "EU-2"):
            receiver = queries.receivers()["regulator_eu"]
            actions.record_sent(case, receiver=receiver, reference=reference, by=stan, at=LOOKED_AT)

    assert first == again
    assert rows_of(own_database, "SELECT count(*) FROM allocation.reveal_log") == [(1,)]
    assert rows_of(own_database, "SELECT reference FROM allocation.regulator_transmission") == [("EU-1",)]
    with reading_as(sofia):
        assert RegulatorNotice.objects.get().reported_at == LOOKED_AT


def test_an_expected_or_unrelated_event_is_no_case_for_regulators(own_database, world, report, stan, sofia):
    with reading_as(sofia):
        safety_actions.judge_expectedness(
            report.event, expectedness="unexpected", sponsor_causality="unrelated", by=sofia, at=LOOKED_AT
        )
    with reading_as(stan):
        assert queries.regulator_cases(by=stan) == []
