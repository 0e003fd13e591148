"""The pages of safety, through a browser's requests, as each of the people."""

import re
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from safety import actions
from safety.models import AdverseEvent, Alert, Deviation
from tests.cast import AT, PASSWORD

FRAME = 8
SERIOUS = ("hospitalisation",)


@pytest.fixture
def alert(nina, ben):
    return actions.raise_alert(
        nina, key="k", rule="WATCH", severity="act", message="Past the limit", raised_at=AT, by=ben
    )


@pytest.fixture
def deviation(nina, ben):
    return actions.record_deviation(
        nina, category="Form signed late", description="Two days", importance="minor", occurred_at=AT,
        submission_id=uuid4(), by=ben, at=AT,
    )  # fmt: skip


def entered(**changes):
    return {
        "term": "Headache", "started_on_day": "5", "started_on_month": "1", "started_on_year": "2026", "ongoing": "yes",
        "severity": "mild", "valence": "unwelcome", "event_group": "none", "outcome": "unknown",
        "site_aware_at": "2026-01-05T09:00", "submission_id": str(uuid4()),
    } | changes  # fmt: skip


def report_url(participant):
    return reverse("safety:adverse-event-report", args=[participant.public_id])


def test_a_serious_event_is_reported_and_shows_its_clock_at_once(nina, tess, client_for):
    answer = client_for(tess).post(report_url(nina), entered(seriousness=["hospitalisation"]), follow=True)

    text = answer.content.decode()
    assert "is reported as serious" in text
    assert "Site to sponsor SAE" in text
    assert "24 hours from site awareness" in text


def test_the_same_report_sent_twenty_times_is_one_event(nina, ben, client_for):
    client, form = client_for(ben), entered()
    answers = {client.post(report_url(nina), form).headers["Location"] for _ in range(20)}

    assert (len(answers), AdverseEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"started_on_day": "31", "started_on_month": "11"}, "November has 30 days."),
     ({"term": ""}, "This is still empty."),
     ({"severity": ""}, "Choose one."), ({"outcome": "fatal"}, "A fatal event is serious"),
     ({"started_on_day": "", "started_on_month": "", "started_on_year": ""}, "empty"),
     ({"site_aware_at": "2099-01-01T09:00"}, "This time is in the future")],
    ids=["31/11", "no words", "no severity", "fatal without death", "no start", "aware in the future"],
)  # fmt: skip
def test_a_wrong_report_comes_back_with_everything_typed(nina, ben, client_for, changes, words):
    answer = client_for(ben).post(report_url(nina), entered(action_taken="Water and rest", **changes))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text and "Water and rest" in text and "<title>Error:" in text and "Error: Error:" not in text
    assert not AdverseEvent.objects.exists()


def test_the_form_states_what_an_event_is_and_favours_nothing(nina, ben, client_for):
    text = client_for(ben).get(report_url(nina)).content.decode()

    assert "whether or not it is welcome" in text
    assert "(optional)" not in text.split("When it started")[1][:40]


def test_the_investigator_assesses_and_signs(report, ada, client_for):
    event = report(seriousness=SERIOUS)
    url = reverse("safety:adverse-event-assess", args=[event.public_id])

    wrong = client_for(ada).post(url, {"causality": "possible", "password": "wrong"})
    right = client_for(ada).post(url, {"causality": "possible", "password": PASSWORD}, follow=True)

    assert (wrong.status_code, "The password is not right" in wrong.content.decode()) == (422, True)
    assert "Signed" in right.content.decode()


def test_two_people_revise_and_the_second_sees_both_texts(report, ben, client_for):
    event = report()
    actions.revise_adverse_event(event, changes={"term": "Bad headache"}, reason="Worse", by=ben, at=AT)
    form = entered(term="Migraine", reason="Known now", seen_number="1")

    answer = client_for(ben).post(reverse("safety:adverse-event-revise", args=[event.public_id]), form)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this record" in text and "Bad headache" in text and "Migraine" in text
    assert 'name="seen_number" value="2"' in text
    assert [part.partition("</th>")[0] for part in text.split('class="differs"><th scope="row">')[1:]] == [
        "What was observed"
    ]


def test_the_safety_desk_receives_and_determines(report, ada, sofia, client_for):
    event = report(seriousness=SERIOUS)
    actions.assess_causality(event, causality="probable", password=PASSWORD, by=ada, at=AT)
    client = client_for(sofia)

    client.post(reverse("safety:adverse-event-receive", args=[event.public_id]), {"received_at": "2026-01-05T05:00"})
    client.post(
        reverse("safety:adverse-event-determine", args=[event.public_id]),
        {"sponsor_causality": "possible", "expectedness": "unexpected", "determined_at": "2026-01-05T06:00"},
    )

    rules = set(event.clocks.filter(met_at=None).values_list("rule", flat=True))
    assert rules == {"ind_15day", "eu_susar_15day"}


def test_a_late_deadline_asks_why(report, ada, client_for):
    clock = report(seriousness=SERIOUS).clocks.get()
    url, prefix = reverse("safety:clock-meet", args=[clock.public_id]), clock.public_id

    silent = client_for(ada).post(url, {f"{prefix}-met_at": "2026-01-07T09:00", f"{prefix}-note": ""})
    said = client_for(ada).post(url, {f"{prefix}-met_at": "2026-01-07T09:00", f"{prefix}-note": "Mail was down"})

    assert (silent.status_code, "This is late. Say why." in silent.content.decode()) == (422, True)
    assert said.status_code == 302


def test_an_alert_is_acknowledged_on_its_page(alert, tess, client_for):
    url = reverse("safety:alert-acknowledge", args=[alert.public_id])

    empty = client_for(tess).post(url, {"note": ""})
    client_for(tess).post(url, {"note": "Measured again"})

    assert empty.status_code == 422
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.acknowledgement) == (tess, "Measured again")


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        pytest.param("/sessions/ses_1/", "/sessions/ses_1/", id="back to the cockpit"),
        pytest.param("", "/alerts/", id="to the list when nothing is said"),
        pytest.param("https://elsewhere.example/", "/alerts/", id="never to another house"),
    ],
)
def test_an_acknowledgement_returns_to_where_the_alert_was_seen(alert, tess, client_for, asked, goes_to):
    client = client_for(tess)
    banner = client.get(reverse("safety:alert-banner"), {"next": asked}).content.decode()
    [address] = re.findall(r'<a href="([^"]+)">Acknowledge', banner)

    answer = client.post(address, {"note": "Measured again"})

    assert (answer.status_code, answer["Location"]) == (302, goes_to)


def test_the_second_to_acknowledge_sees_who_was_first(alert, tess, theo, client_for):
    actions.acknowledge_alert(alert, note="Measured again", by=tess, at=AT)

    answer = client_for(theo).post(reverse("safety:alert-acknowledge", args=[alert.public_id]), {"note": "Me too"})

    text = answer.content.decode()
    assert answer.status_code == 422 and "Tess Marr" in text and "Measured again" in text and "Me too" in text


def test_the_banner_is_silent_when_nothing_changed(alert, tess, client_for):
    client, url = client_for(tess), reverse("safety:alert-banner")
    first = client.get(url)
    assert b"Past the limit" in first.content

    again = client.get(url, {"seen": f"{alert.pk}l+0"}, headers={"HX-Request": "true"})

    assert (again.status_code, again.content) == (204, b"")


def test_a_page_about_one_participant_shows_that_person_s_alerts_and_counts_the_others(alert, tess, client_for):
    client, url = client_for(tess), reverse("safety:alert-banner")

    of_this_one = client.get(url, {"about": alert.participant.public_id}).content.decode()
    of_another = client.get(url, {"about": "ptc_another"}).content.decode()

    assert "Past the limit" in of_this_one and "about others" not in of_this_one
    assert "Past the limit" not in of_another and "1 alert about others waits." in of_another


def test_the_banner_neither_keeps_a_session_alive_nor_ends_it(alert, tess, client_for, settings):
    client, url = client_for(tess), reverse("safety:alert-banner")
    session = client.session
    session["seen_at"] = long_ago = int(time.time()) - settings.IDLE_MINUTES * 60 - 60
    session.save()

    asked_by_page = client.get(url, headers={"HX-Request": "true", "X-Background": "1"})

    assert asked_by_page.status_code == 204
    assert client.session["seen_at"] == long_ago
    assert client.get(reverse("safety:alert-list")).status_code == 302


def test_the_investigator_decides_on_a_deviation(deviation, ada, ben, client_for):
    url = reverse("safety:deviation-accept", args=[deviation.public_id])
    sent = {"importance": "important", "reason": "Bears on consent"}

    assert client_for(ben).post(url, sent).status_code == 404
    assert client_for(ada).post(url, sent | {"reason": ""}).status_code == 422
    client_for(ada).post(url, sent)

    deviation.refresh_from_db()
    assert (deviation.state, deviation.importance, deviation.decided_by) == ("accepted", "important", ada)


def test_a_deviation_is_recorded_by_hand(nina, tess, client_for):
    sent = {"category": "Form signed late", "description": "Two days", "importance": "minor",
            "occurred_at": "2026-01-05T09:00", "visit": "", "submission_id": str(uuid4())}  # fmt: skip
    url = reverse("safety:deviation-record", args=[nina.public_id])

    client_for(tess).post(url, sent)
    client_for(tess).post(url, sent)

    assert Deviation.objects.get().category == "Form signed late"


def test_another_sites_ids_do_not_exist(report, alert, deviation, nina, cleo, client_for):
    event = report(seriousness=SERIOUS)
    client = client_for(cleo)
    urls = [
        report_url(nina),
        reverse("safety:adverse-event-detail", args=[event.public_id]),
        reverse("safety:adverse-event-revise", args=[event.public_id]),
        reverse("safety:alert-acknowledge", args=[alert.public_id]),
        reverse("safety:deviation-detail", args=[deviation.public_id]),
        reverse("safety:deviation-record", args=[nina.public_id]),
    ]
    posts = [
        reverse("safety:adverse-event-assess", args=[event.public_id]),
        reverse("safety:clock-meet", args=[event.clocks.get().public_id]),
        reverse("safety:deviation-accept", args=[deviation.public_id]),
        reverse("safety:deviation-refuse", args=[deviation.public_id]),
    ]

    assert {client.get(url).status_code for url in urls} == {404}
    assert {client.post(url, {"reason": "x"}).status_code for url in posts} == {404}


@pytest.mark.parametrize("who", ["rhea", "phil", "stan", "adam", "eve"])
def test_roles_without_safety_find_no_page(who, world, client_for):
    for name in ("board", "adverse-event-list", "alert-list", "deviation-list"):
        assert client_for(world.people[who]).get(reverse(f"safety:{name}")).status_code == 404


@pytest.mark.parametrize("name", ["board", "adverse-event-list", "alert-list", "deviation-list"])
def test_lists_spend_few_statements_however_many_rows(name, nina, report, ben, sofia, client_for):
    client, url = client_for(sofia), reverse(f"safety:{name}")
    client.get(url)

    counts = []
    for _ in range(2):
        for number in range(4):
            report(seriousness=SERIOUS, aware_at=AT + timedelta(minutes=number))
            actions.raise_alert(nina, key=str(uuid4()), rule="R", severity="act", message="Look", raised_at=AT, by=ben)
            actions.record_deviation(
                nina, category="X", description="Y", importance="minor", occurred_at=AT, by=ben, at=AT
            )
        with CaptureQueriesContext(connection) as statements:
            assert client.get(url).status_code == 200
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[0] <= 12 + FRAME


def test_an_event_with_many_revisions_spends_few_statements(report, ada, ben, sofia, client_for):
    event = report(seriousness=SERIOUS)
    for number in range(6):
        actions.revise_adverse_event(event, changes={"action_taken": str(number)}, reason="More", by=ben, at=AT)
    actions.assess_causality(event, causality="possible", password=PASSWORD, by=ada, at=AT)
    client = client_for(sofia)
    client.get(reverse("safety:adverse-event-detail", args=[event.public_id]))

    with CaptureQueriesContext(connection) as statements:
        client.get(reverse("safety:adverse-event-detail", args=[event.public_id]))

    assert len(statements) <= 12 + FRAME, "\n".join(s["sql"][:120] for s in statements)


def test_every_row_of_the_board_is_the_table_too(report, sofia, client_for):
    report(seriousness=SERIOUS)
    text = client_for(sofia).get(reverse("safety:board")).content.decode()

    assert text.count("Site to sponsor SAE") >= 1
    assert "Overdue" in text and "Why late: not yet given" in text


def test_the_worklist_names_what_waits(report, alert, deviation, ada, sofia, world):
    from core.permissions import Viewer
    from core.worklist import lines_of
    from safety.worklist import worklist_items

    report(seriousness=SERIOUS)

    tasks = {item.task for item in lines_of(worklist_items(Viewer.at(ada, AT), AT))}
    assert {"Acknowledge alert", "Site to sponsor SAE", "Assess causality", "Decide deviation"} <= tasks
    assert all(item.url for item in lines_of(worklist_items(Viewer.at(sofia, AT), AT)))
    assert Alert.objects.count() == 1
