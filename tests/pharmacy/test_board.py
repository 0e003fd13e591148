"""Reports of the monitoring board: the published counts come out by arm, and nothing open depends on the arms."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connections
from django.urls import reverse
from pypdf import PdfReader

from core.contributions import contribution, reading_as
from core.documents import Figure, Heading, pdf
from core.errors import Refused, WrongPassword
from patients.models import Participant
from pharmacy import actions, allocation, board_drawings
from pharmacy.board import BoardEvent, BoardPerson, frozen_text, report_of, risk_difference, without_arms
from pharmacy.board_papers import board_parts, by_system
from pharmacy.models import BoardRecommendation, OpenBoardReport
from safety.models import AdverseEvent, AdverseEventRevision
from tests.arms import swap_arms, unlocked
from tests.cast import AT, PASSWORD
from tests.databases import owner_cursor
from tests.reading import text_of
from trials.queries import definition_of

# Participants with each term in the MAPP1 trial, as harmonised by a third-party extraction (CC BY): first arm, second.
SIZES = (46, 44)
PUBLISHED = {
    "jaw tension": (6, 1), "muscle tension": (28, 6), "nausea": (14, 5), "lack of appetite": (24, 5),
    "depression": (7, 8), "xerostomia": (5, 2), "fatigue": (14, 14), "headache": (33, 24), "sleep disorder": (20, 13),
    "irritability": (2, 5), "perspiration": (10, 1), "restlessness": (7, 0), "rumination": (4, 0), "anxiety": (15, 17),
    "genitourinary": (7, 1), "ophthalmological": (10, 1), "pain": (8, 2), "autonomic": (15, 4), "dizziness": (9, 5),
    "dissociation": (3, 2),
}  # fmt: skip


def simulate(database, world):
    """Allocates ninety participants past every gate, and gives them the published events."""
    ben, site = world.people["ben"], world.sites["A"]
    arms = [arm.code for arm in definition_of(world.version).arms]
    own = {"site": site, "recorded_by": ben}
    with reading_as(ben), contribution(by=ben, reason="Simulated trial"):
        people = Participant.objects.bulk_create(
            Participant(screening_number=f"S01-{number:03}", first_contact_on=AT.date(), **own)
            for number in range(900, 900 + sum(SIZES))
        )
        groups = {arms[0]: people[: SIZES[0]], arms[1]: people[SIZES[0] :]}
        told = [
            (person, term)
            for term, counts in PUBLISHED.items()
            for arm, count in zip(arms, counts, strict=True)
            for person in groups[arm][:count]
        ]
        events = AdverseEvent.objects.bulk_create(
            AdverseEvent(participant=person, number=place, site_aware_at=AT, submission_id=uuid4(), **own)
            for place, (person, _) in enumerate(told, start=1)
        )
        AdverseEventRevision.objects.bulk_create(
            AdverseEventRevision(
                event=event, number=1, term=term.capitalize(), started_on="2026-01-05", severity="mild",
                valence="unwelcome", reason="First report", occurred_at=AT, **own,
            )
            for event, (_, term) in zip(events, told, strict=True)
        )  # fmt: skip
    with unlocked(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        for arm, members in groups.items():
            cursor.execute(
                "SELECT id FROM allocation.slot WHERE arm = %s AND participant_id IS NULL ORDER BY id", [arm]
            )
            places = [row[0] for row in cursor.fetchall()]
            cursor.execute("SELECT number FROM pharmacy_kit ORDER BY number")
            for person, place in zip(members, places, strict=False):
                cursor.execute(
                    "UPDATE sealed.slot SET participant_id = %s, allocated_at = %s, kit_number = NULL WHERE id = %s",
                    [person.pk, AT, place],
                )
    return arms


@pytest.fixture
def simulated(own_database, world):
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'sealed.slot'::regclass AND contype = 'c'"
            " AND pg_get_constraintdef(oid) LIKE '%%num_nulls%%'"
        )
        [(name,)] = cursor.fetchall()
        # Ninety kits would have to be in stock; the report asks for none.
        cursor.execute(f"ALTER TABLE sealed.slot DROP CONSTRAINT {name}")
    return simulate(own_database, world)


def test_the_published_counts_come_out_by_arm_and_nothing_open_depends_on_the_arms(
    own_database, world, simulated, stan, sofia, client_for
):
    first, second = simulated
    with reading_as(stan):
        report = actions.make_board_report(world.trial, title="One", submission_id=uuid4(), by=stan, at=AT)
    closed = json.loads(allocation.closed_board_report(trial_id=world.trial.pk, key=report.public_id, by=stan)[0])

    assert closed["sizes"] == {first: SIZES[0], second: SIZES[1]}
    assert {row["term"]: tuple(row["participants"]) for row in closed["terms"]} == PUBLISHED
    assert sha256(report.content.encode()).hexdigest() == report.digest

    swap_arms(own_database)
    with reading_as(stan):
        swapped = actions.make_board_report(world.trial, title="One", submission_id=uuid4(), by=stan, at=AT)
    other = json.loads(allocation.closed_board_report(trial_id=world.trial.pk, key=swapped.public_id, by=stan)[0])
    assert {row["term"]: tuple(reversed(row["participants"])) for row in other["terms"]} == PUBLISHED
    assert (swapped.content, swapped.digest) == (report.content, report.digest)

    client = client_for(sofia)
    for name, form in (("board-report-detail", ()), ("board-report-file", ("json",))):
        pages = [
            text_of(client.get(reverse(f"pharmacy:{name}", args=[each.public_id, *form]))).replace(each.public_id, "")
            for each in (report, swapped)
        ]
        assert pages[0] == pages[1] and first not in json.loads(report.content)["arms"]
    assert client.get(reverse("pharmacy:closed-report-detail", args=[report.public_id])).status_code == 404
    shown = text_of(client_for(stan).get(reverse("pharmacy:closed-report-detail", args=[report.public_id])))
    assert "28 (60.9 %)" in shown and "6 (13.6 %)" in shown and "UNBLINDED" in shown
    paper = client_for(stan).get(reverse("pharmacy:closed-report-file", args=[report.public_id, "pdf"]))
    assert paper.content.startswith(b"%PDF")
    with pytest.raises(Exception, match="not open to you"):
        allocation.board_rows(trial_id=world.trial.pk, by=sofia)


def test_a_report_whose_form_comes_twice_at_once_and_once_more_is_made_once(own_database, world, stan, client_for):
    sent, clients = {"title": "One", "submission_id": str(uuid4())}, [client_for(stan) for _ in range(4)]

    def send(client):
        try:
            return client.post(reverse("pharmacy:board-report-list"), sent)["Location"]
        finally:
            for alias in ("default", "unblinded"):
                connections[alias].close()

    with ThreadPoolExecutor(len(clients)) as pool:
        places = {*pool.map(send, clients), send(clients[0])}

    assert len(places) == 1
    with reading_as(stan):
        assert OpenBoardReport.objects.count() == 1


def test_what_was_kept_is_not_changed_and_the_reading_is_logged(own_database, world, stan):
    with reading_as(stan):
        report = actions.make_board_report(world.trial, title="One", submission_id=uuid4(), by=stan, at=AT)
    allocation.closed_board_report(trial_id=world.trial.pk, key=report.public_id, by=stan)

    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.access WHERE kind LIKE '%%monitoring board%%'")
        assert cursor.fetchone()[0] == 3
    with reading_as(stan), pytest.raises(Exception, match="permission denied"):
        OpenBoardReport.objects.filter(pk=report.pk).update(content="{}")


@pytest.fixture
def report(world, stan):
    """A report made in the test's own transaction."""
    content, digest = frozen_text(report_of([], [], related=(), arms=["All"]))
    with contribution(by=stan, reason="Arranged by the test"):
        return OpenBoardReport.objects.create(
            trial=world.trial, title="One", content=content, digest=digest, cut_off_at=AT, submission_id=uuid4(),
            recorded_by=stan,
        )  # fmt: skip


def recommend(report, by, **changes):
    said = {"recommendation": "continue", "text": "No concern.", "met_on": AT.date(), "password": PASSWORD,
            "submission_id": uuid4(), "by": by, "at": AT}  # fmt: skip
    return actions.record_recommendation(report, **said | changes)


def test_a_recommendation_is_signed_over_the_reports_digest(report, sofia, client_for):
    row = recommend(report, sofia)

    assert row.signed_content()["report"] == report.digest
    page = client_for(sofia).get(reverse("pharmacy:board-report-detail", args=[report.public_id])).content.decode()
    assert "Continue as planned" in page and "I have reviewed this record." in page
    key = uuid4()
    assert recommend(report, sofia, submission_id=key).pk == recommend(report, sofia, submission_id=key).pk


@pytest.mark.parametrize(
    "changes",
    [{"recommendation": "wait"}, {"text": " "}, {"met_on": (AT + timedelta(days=3)).date()}, {"password": "wrong"}],
)
def test_a_recommendation_that_cannot_be_right_writes_nothing(report, sofia, changes):
    with pytest.raises((Refused, WrongPassword)):
        recommend(report, sofia, **changes)

    assert not BoardRecommendation.objects.exists()


def test_the_page_records_a_recommendation_and_loses_nothing_of_a_refused_one(report, sofia, client_for):
    client, address = client_for(sofia), reverse("pharmacy:board-recommend", args=[report.public_id])
    form = {"recommendation": "pause", "text": "Two falls.", "met_on": "2026-01-05", "password": "wrong",
            "submission_id": str(uuid4())}  # fmt: skip

    refused = client.post(address, form)
    client.post(address, form | {"password": PASSWORD})

    assert refused.status_code == 422 and "Two falls." in refused.content.decode()
    assert BoardRecommendation.objects.get().recommendation == "pause"


# --- the tables ---


def person(subject, arm="T", **changes):
    values = {
        "subject": subject, "arm": arm, "site": "S01", "standing": "randomised", "first_dose_at": AT, "sessions": 1,
        "doses": 2, "seen_until": AT + timedelta(days=30), "deviations": 1, "important": 0, "ideation_before": 1,
        "ideation_worst": 2, "systolic_before": 120, "systolic_highest": 150,
    }  # fmt: skip
    return BoardPerson(**values | changes)


def event(subject, arm="T", **changes):
    values = {"subject": subject, "arm": arm, "term": "Headache", "severity": "mild", "serious": False, "causality": "",
              "sponsor_causality": "", "event_group": "none", "abuse_related": False, "outcome": "recovered",
              "aware_at": AT + timedelta(days=2)}  # fmt: skip
    return BoardEvent(**values | changes)


def test_participants_are_counted_once_for_each_line():
    people = [person("1"), person("2"), person("3", "P"), person("4", "P", standing="discontinued", first_dose_at=None)]
    events = [
        event("1"), event("1", term=" HEADACHE ", severity="severe", serious=True, causality="probable"),
        event("3", "P", event_group="suicidality", abuse_related=True, outcome="fatal"),
    ]  # fmt: skip

    found = report_of(people, events, related=["probable"], arms=["T", "P"])

    rows = {name: counts for name, *counts in found["overview"]}
    assert rows["Any event"] == ["1 (50.0 %)", "1 (50.0 %)"]
    assert rows["At worst severe"] == ["1 (50.0 %)", "0 (0.0 %)"] == rows["Serious and related"]
    assert rows["Fatal"] == rows["Of special interest: suicidality"] == ["0 (0.0 %)", "1 (50.0 %)"]
    [headache] = found["terms"]
    assert (headache["participants"], headache["events"]) == ([1, 1], [2, 1])
    assert [row for row in found["exposure"] if row[0] in ("Dosed", "Treatment discontinued")] == [
        ["Dosed", 2, 1], ["Treatment discontinued", 0, 1],
    ]  # fmt: skip
    assert found["shift_ideation"] == [[1, 2, 2, 2]]
    assert found["systolic"]["T"] == [[120, 150], [120, 150]]


def test_terms_stand_under_the_class_of_their_system_and_what_is_not_coded_last():
    people = [person("1"), person("2", "P")]
    events = [
        event("1", system="Head"), event("1", term="Dizzy", system="Head"), event("2", "P", system=""),
        event("2", "P", term="Rash", system=""), event("1", term="Ache", system="Body"),
    ]  # fmt: skip

    found = report_of(people, events, related=(), arms=["T", "P"])

    assert found["systems"] == [
        ["Body", "1 (100.0 %)", "0 (0.0 %)"], ["Head", "1 (100.0 %)", "0 (0.0 %)"],
        ["Not coded", "0 (0.0 %)", "1 (100.0 %)"],
    ]  # fmt: skip
    assert [(system, [row["term"] for row in rows]) for system, rows in by_system(found)] == [
        ("Body", ["ache"]), ("Head", ["headache", "dizzy"]), ("Not coded", ["rash"]),
    ]  # fmt: skip


def test_the_paper_draws_what_the_page_shows():
    people = [person("1"), person("2", "P", systolic_before=130, systolic_highest=140)]
    found = report_of(people, [event("1")], related=(), arms=["T", "P"])

    dots, curves, pressures = (part for part in board_parts(found, about="Data") if isinstance(part, Figure))

    shown = board_drawings.dots(found)["rows"][0]
    assert [(mark.shape, mark.x) for mark in dots.marks] == [*shown.marks, ("ring", shown.difference[0])]
    assert [stroke.points for stroke in curves.strokes if stroke.dashed] == [
        line.points for line in board_drawings.curves(found)["lines"] if line.dashed
    ]
    assert [(mark.shape, mark.x, mark.y) for mark in pressures.marks] == board_drawings.pressures(found)["marks"]
    made = pdf("Closed report", parts=board_parts(found, about="Data"), printed_by="Stan", at=AT, zone="UTC")
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages).split())
    assert "Time to the first event" in text and "P dashed" in text and "mmHg" in text


def test_a_report_that_was_frozen_before_there_were_classes_has_its_paper():
    found = report_of([person("1")], [event("1")], related=(), arms=["T"])
    older = {name: value for name, value in found.items() if name != "systems"}
    older["terms"] = [{name: value for name, value in row.items() if name != "system"} for row in found["terms"]]

    assert by_system(older) == [("", older["terms"])]
    assert "System organ classes, participants" not in [part.text for part in board_parts(older, about="Data")
                                                        if isinstance(part, Heading)]  # fmt: skip


def test_the_curve_falls_with_each_first_event_and_leaves_out_who_was_seen_no_longer():
    people = [person("1"), person("2", seen_until=AT + timedelta(days=1)), person("3"), person("4")]
    events = [event("1", aware_at=AT + timedelta(days=2)), event("3", aware_at=AT + timedelta(days=5))]

    assert report_of(people, events, related=(), arms=["T"])["survival"]["T"] == [
        [0.0, 1.0], [2.0, 0.666667], [5.0, 0.333333],
    ]  # fmt: skip


def test_what_was_known_before_the_first_dose_is_no_event_of_the_curve():
    early = event("1", aware_at=AT - timedelta(days=9))
    report = report_of([person("1"), person("2")], [early], related=(), arms=["T"])

    assert report["survival"]["T"] == [[0.0, 1.0]] and report["terms"][0]["participants"] == [1]


@pytest.mark.parametrize(
    ("last", "days"), [(0, ["0", "1"]), (2, ["0", "1", "2"]), (100, ["0", "25", "50", "75", "100"])]
)
def test_the_days_of_the_curve_are_whole_and_each_stands_once(last, days):
    steps = [[0.0, 1.0], [float(last), 0.5]]
    shown = board_drawings.curves({"arms": ["T"], "survival": {"T": steps}})["days"]

    assert [label for _, label in shown] == days


def test_the_interval_of_a_difference_is_newcombes():
    # Newcombe 1998, table II, example (a): 56/70 against 48/80.
    difference, low, high = risk_difference(56, 70, 48, 80)

    assert (round(difference, 4), round(low, 4), round(high, 4)) == (0.2, 0.0524, 0.3339)
    assert risk_difference(0, 0, 1, 2) is None


def test_a_closed_report_names_the_arm_of_every_figure_and_has_a_paper_while_nothing_happened(
    own_database, world, stan, client_for
):
    with reading_as(stan):
        report = actions.make_board_report(world.trial, title="One", submission_id=uuid4(), by=stan, at=AT)
    client = client_for(stan)

    shown = text_of(client.get(reverse("pharmacy:closed-report-detail", args=[report.public_id])))
    paper = client.get(reverse("pharmacy:closed-report-file", args=[report.public_id, "pdf"]))

    first, second = (arm.code for arm in definition_of(world.version).arms)
    assert f"{first} 0, {second} 0" in shown
    assert paper.content.startswith(b"%PDF")


def test_without_arms_a_report_is_the_same_however_they_are_exchanged():
    people, events = [person("1"), person("2", "P")], [event("1"), event("2", "P", term="Nausea")]
    other = {"T": "P", "P": "T"}

    def opened(one, two):
        return frozen_text(report_of(*without_arms(one, two), related=(), arms=["All"]))

    swapped_people = [person("1", "P"), person("2", "T")]
    swapped_events = [event("1", other["T"]), event("2", other["P"], term="Nausea")]
    assert opened(people, events) == opened(swapped_people, swapped_events)


def test_an_empty_trial_has_a_report():
    found = report_of([], [], related=(), arms=["T", "P"])

    assert found["terms"] == [] and found["survival"] == {"T": [[0.0, 1.0]], "P": [[0.0, 1.0]]}
