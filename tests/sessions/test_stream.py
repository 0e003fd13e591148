"""What devices send into a session's stream, and what they read from it."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.forms import BooleanField
from django.urls import reverse

from core import contributions
from core.problems import CONTENT_TYPE
from sessions import actions
from sessions.kinds import KINDS, STREAMED
from sessions.models import Capture, DistressRating, SessionEntry, SessionNote, StreamPosition, VitalSigns
from sessions.stream import CHANNEL

NOON = datetime(2026, 1, 19, 9, 40, tzinfo=UTC)


def stream(day):
    return reverse("sessions:entry-stream", args=[day.session.public_id])


def entry(kind="note", *, at=NOON, **more):
    """Returns what a page of ours sends for a note, unless something else is said."""
    values = {"text": "Music was changed."} if kind == "note" else {}
    return {
        "submission_id": str(uuid4()), "kind": kind, "captured_at": at.isoformat(), "observed_at": at.isoformat(),
        "clock_offset_ms": 120, "values": values,
    } | more  # fmt: skip


def send(client, day, body, **headers):
    return client.post(stream(day), json.dumps(body), content_type="application/json", headers=headers)


def test_same_entry_is_answered_alike_however_often_it_comes(day, client_for):
    client, body = client_for(day.first), entry()

    answers = [send(client, day, body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    note = SessionNote.objects.get()
    assert (note.observed_at, note.captured_at, note.recorded_by) == (NOON, NOON, day.first)
    assert note.recorded_at > NOON


@pytest.mark.parametrize("change", [{"values": {"text": "Another."}}, {"kind": "distress", "values": {"score": "3"}}])
def test_same_id_with_another_content_is_refused(day, client_for, change):
    client, body = client_for(day.first), entry()
    send(client, day, body)

    answer = send(client, day, body | change)

    assert (answer.status_code, answer["Content-Type"]) == (422, CONTENT_TYPE)
    assert "Another entry was recorded under this id" in answer.json()["detail"]
    assert (SessionNote.objects.count(), DistressRating.objects.count()) == (1, 0)


def test_id_of_a_form_is_not_taken_for_another_entry(day, client_for):
    note = actions.write_note(
        day.session, text="By a form.", observed_at=day.at, submission_id=uuid4(), by=day.first, at=day.at
    )

    answer = send(client_for(day.first), day, entry(submission_id=str(note.submission_id)))

    assert answer.status_code == 422 and SessionNote.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "values", "field", "sentence"),
    [
        ("vitals", {"systolic_mmhg": "1200", "diastolic_mmhg": "80"}, "systolic_mmhg", "cannot be right"),
        ("vitals", {"systolic_mmhg": "12o"}, "systolic_mmhg", "Enter a whole number"),
        ("distress", {}, "score", "required"),
        ("presence", {"person": "", "direction": "in"}, "person", "required"),
    ],
)
def test_what_a_rule_refuses_comes_back_with_its_sentence_and_writes_nothing(
    day, client_for, kind, values, field, sentence
):
    before = StreamPosition.objects.count()

    answer = send(client_for(day.first), day, entry(kind, values=values))

    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, CONTENT_TYPE)
    assert problem["errors"][0]["pointer"] == f"/values/{field}" and sentence in problem["errors"][0]["message"]
    assert (Capture.objects.count(), StreamPosition.objects.count()) == (0, before)


@pytest.mark.parametrize("body", [{}, {"kind": "x"}, entry(kind="dose"), entry(at=datetime(2026, 1, 19)), [], "x"])
def test_what_no_page_sends_is_not_understood(day, client_for, body):
    answer = send(client_for(day.first), day, body)

    assert (answer.status_code, answer["Content-Type"]) == (400, CONTENT_TYPE)


TYPED = {
    "systolic_mmhg": "124", "diastolic_mmhg": "78", "heart_rate_bpm": "70", "temperature_c": "36,8", "score": "4",
    "amount_ml": "200", "term": "Warmth", "direction": "out", "time_code": "1:04:30",
}  # fmt: skip
# Asked at their own times: before the dose and during the day the action says so.
NOT_YET = {"enquiry", "overnight"}


def typed_into(form, day):
    """Returns what a hand enters into the form of any kind."""
    values = {}
    for name, field in form.fields.items():
        if name in ("submission_id", "tapped_at", "observed_at", "code") and not getattr(field, "choices", None):
            continue
        if hasattr(field, "queryset"):
            values[name] = str(day.second.pk if name == "person" else field.queryset[0].pk)
        elif hasattr(field, "choices"):
            values[name] = str(TYPED.get(name) or field.initial or next(value for value, _ in field.choices if value))
        elif not isinstance(field, BooleanField):
            values[name] = TYPED.get(name, "Quiet")
    return values


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_taken_through_the_one_door(day, client_for, kind):
    values = typed_into(KINDS[kind].build(day.session, at=day.at), day)

    answer = send(client_for(day.first), day, entry(kind, values=values))

    told = answer.json()
    if kind in NOT_YET:
        assert answer.status_code == 422 and told["errors"][0]["code"] == "refused", told
    else:
        assert answer.status_code == 201, told
        assert told["kind"] == kind and told["words"] and told["by"] == day.first.display_name


def test_tablet_reads_what_is_new_in_the_order_of_commits(day, client_for):
    client, other = client_for(day.first), client_for(day.second)
    before = other.get(stream(day)).json()["entries"]
    # Captured later, received earlier: the order of the stream is that of the commits, the times are the entries' own.
    for minute in (9, 3, 6):
        send(client, day, entry(at=NOON + timedelta(minutes=minute)))

    new = other.get(stream(day), {"after": before[-1]["sequence"]}).json()["entries"]

    last = before[-1]["sequence"]
    assert [line["sequence"] for line in new] == [last + 1, last + 2, last + 3]
    assert [line["observed_at"][14:16] for line in new] == ["49", "43", "46"]
    assert other.get(stream(day), {"after": last + 3}).json()["entries"] == []


def test_correction_of_an_entry_links_back_and_keeps_both(day, client_for):
    client, first = client_for(day.first), entry("distress", values={"score": "4"})
    send(client, day, first)
    amended = entry("distress", values={"score": "6", "reason": "Misheard"}, amends=first["submission_id"])
    taken_back = entry("distress", values={"reason": "Not hers"}, amends=amended["submission_id"], withdrawn=True)

    codes = [send(client, day, body | {"observed_at": None}).status_code for body in (amended, taken_back, amended)]

    assert codes == [201, 201, 200]
    lines = client.get(stream(day)).json()["entries"][-3:]
    assert [line["amends"] for line in lines] == [None, first["submission_id"], amended["submission_id"]]
    assert [line["withdrawn"] for line in lines] == [False, False, True]
    assert [rating.score for rating in DistressRating.objects.order_by("id")] == [4, 6, 6]


def test_second_correction_of_one_entry_is_a_conflict(day, client_for):
    client, first = client_for(day.first), entry("distress", values={"score": "4"})
    send(client, day, first)
    correction = {"values": {"score": "6", "reason": "Misheard"}, "amends": first["submission_id"]}
    send(client, day, entry("distress", **correction))

    answer = send(client_for(day.second), day, entry("distress", **correction))

    assert answer.status_code == 409 and "Somebody else corrected this entry first" in answer.json()["detail"]


def test_entry_captured_while_the_session_ran_is_taken_after_it_was_closed(day, client_for):
    closed_at = NOON + timedelta(hours=8)
    with contributions.contribution(by=day.first, reason="Arranged by the test"):
        day.vitals(temperature_c=Decimal("36.8"), minute=-10)
        day.give()
        day.session.close()
        day.session.closed_at = closed_at
        day.session.save()
    client = client_for(day.first)

    before = send(client, day, entry(at=closed_at - timedelta(minutes=1)))
    after = send(client, day, entry(at=closed_at + timedelta(minutes=1)))

    assert (before.status_code, after.status_code) == (201, 422)
    assert after.json()["errors"][0]["pointer"] == "/values/late_reason"


@pytest.mark.parametrize(
    ("captured", "sent", "drifted"), [(120, 120, False), (30_001, 30_001, True), (-40_000, 0, True), (0, 45_000, True)]
)
def test_clock_that_is_further_off_than_the_protocol_allows_is_flagged(day, client_for, captured, sent, drifted):
    send(client_for(day.first), day, entry(clock_offset_ms=captured), **{"Vigil-Clock-Offset": str(sent)})

    kept = Capture.objects.get()
    assert (kept.clock_offset_ms, kept.sent_offset_ms, kept.clock_drifted) == (captured, sent, drifted)


def test_moment_that_the_servers_clock_has_not_reached_is_now(day, client_for):
    soon = datetime.now(UTC) + timedelta(seconds=20)

    answers = [send(client_for(day.first), day, entry(at=soon + timedelta(minutes=more))) for more in (0, 5)]

    assert [answer.status_code for answer in answers] == [201, 422]
    note = SessionNote.objects.get()
    assert note.captured_at == note.observed_at <= note.recorded_at


def test_stream_is_read_by_those_who_see_the_session_and_fed_by_those_who_record(day, client_for, cleo, mona, eve):
    assert client_for(mona).get(stream(day)).status_code == 200
    assert send(client_for(mona), day, entry()).status_code == 404
    assert client_for(cleo).get(stream(day)).status_code == 404
    assert send(client_for(cleo), day, entry()).status_code == 404
    assert client_for(eve).get(stream(day)).status_code == 404
    assert SessionNote.objects.count() == 0


def test_script_that_is_not_signed_in_hears_it_in_its_own_language(day, client):
    answer = client.get(stream(day), headers={"Accept": "application/json"})

    assert (answer.status_code, answer["Content-Type"]) == (401, CONTENT_TYPE)
    # A known device that lost its cookies gets the token with which it may send.
    assert "csrftoken" in answer.cookies


def test_nobody_but_the_database_gives_places(day):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        StreamPosition.objects.create(
            session=day.session, site=day.session.site, sequence=999, kind="note", recorded_by=day.first
        )


def test_every_kind_of_entry_joined_the_stream_under_a_word_that_is_known(db):
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, SessionEntry)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, split_part(encode(t.tgargs, 'escape'), '\\000', 1) FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname = 'dosing_append_to_stream' AND t.tgenabled = 'A'"
        )
        joined = dict(cursor.fetchall())

    assert joined == {model._meta.db_table: kind for kind, model in STREAMED.items()}
    assert set(joined) == tables


def test_what_is_told_is_the_session_and_a_number(day, client_for):
    """The channel is open to every login of the database: nothing that was recorded may stand on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('public.dosing_append_to_stream'::regproc)")
        definition = cursor.fetchone()[0]

    assert f"pg_notify('{CHANNEL}', name || ' ' || place)" in definition
    assert definition.count("pg_notify") == 1


def test_set_past_the_limits_says_so_to_the_device(day, client_for):
    values = {"systolic_mmhg": "228", "diastolic_mmhg": "84", "heart_rate_bpm": "70"}

    answer = send(client_for(day.first), day, entry("vitals", values=values))

    assert answer.json()["judged"] == VitalSigns.objects.get().severity == "act"
