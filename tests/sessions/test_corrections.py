"""What was recorded in a session is corrected or taken back beside the old entry; a session can be abandoned."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.urls import reverse

from core.contributions import contribution
from patients.models import VisitState
from safety.models import Alert
from sessions import actions, queries
from sessions.models import DosingSession, RoomPresence, SessionNote, VitalSigns
from tests.reading import text_of
from tests.stages import facts_at


def entry_page(day, entry, more="detail", kind="vitals"):
    return reverse(f"sessions:entry-{more}", args=[day.session.public_id, kind, entry.public_id])


def typed(**values):
    return {"submission_id": str(uuid4()), "reason": "Read wrongly"} | values


def test_last_entry_leads_to_its_correction_filled_with_what_stands(day, client_for):
    vitals = day.vitals(128, 84, pulse=71)
    client = client_for(day.first)

    cockpit = text_of(client.get(reverse("sessions:session-detail", args=[day.session.public_id])))
    page = text_of(client.get(entry_page(day, vitals)))

    assert entry_page(day, vitals) in cockpit
    assert all(f'value="{value}"' in page for value in ("128", "84", "71"))


def test_corrected_set_is_judged_again_and_the_old_one_stays_readable(day, client_for):
    vitals = day.vitals(128, 84)
    client = client_for(day.first)

    silent = client.post(entry_page(day, vitals, "amend"), typed(systolic_mmhg="228", diastolic_mmhg="84", reason=""))
    answer = client.post(entry_page(day, vitals, "amend"), typed(systolic_mmhg="228", diastolic_mmhg="84"))

    assert (silent.status_code, answer.status_code) == (422, 302)
    assert 'value="228"' in silent.content.decode()
    (standing,) = queries.standing(VitalSigns, day.session)
    assert (standing.systolic_mmhg, standing.severity, standing.observed_at) == (228, "act", vitals.observed_at)
    assert Alert.objects.filter(participant=day.session.participant, severity="act").count() == 1
    table = text_of(client.get(reverse("sessions:session-table", args=[day.session.public_id])))
    assert "128/84" in table and "228/84" in table and "Read wrongly" in table and "Corrected" in table


def test_entry_is_taken_back_once_with_its_reason(day, client_for):
    vitals = day.vitals(128, 84)
    client = client_for(day.second)
    same = typed()

    refused = client.post(entry_page(day, vitals, "withdraw"), typed(reason=" "))
    first, again = (client.post(entry_page(day, vitals, "withdraw"), same) for _ in range(2))
    late = client.post(entry_page(day, vitals, "amend"), typed(systolic_mmhg="120", diastolic_mmhg="80"))

    assert (refused.status_code, first.status_code, again.status_code, late.status_code) == (422, 302, 302, 422)
    assert "Somebody else corrected this entry first" in text_of(late)
    assert queries.standing(VitalSigns, day.session) == [] and VitalSigns.objects.count() == 2
    assert "Taken back" in text_of(client.get(reverse("sessions:session-table", args=[day.session.public_id])))


def test_only_an_entry_before_it_can_be_taken_back(day, tess):
    with contribution(by=tess, reason="Test"), pytest.raises(IntegrityError), transaction.atomic():
        SessionNote.objects.create(
            session=day.session, site=day.session.site, observed_at=day.at, submission_id=uuid4(), text="x",
            withdrawn=True, recorded_by=tess,
        )  # fmt: skip


def test_taking_back_an_entry_into_the_room_after_the_dose_alerts(day, client_for):
    from decimal import Decimal

    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    entered = RoomPresence.objects.get(session=day.session, person=day.second)

    client_for(day.first).post(entry_page(day, entered, "withdraw", "presence"), typed())

    assert [one.person for one in queries.in_room(day.session, at=day.at)] == [day.first]
    assert Alert.objects.filter(rule="staffing").count() == 1


def test_nobody_of_another_site_and_no_reader_corrects(day, client_for, cleo, mona, ben):
    vitals = day.vitals(128, 84)

    for person in (cleo, mona, ben):
        assert client_for(person).get(entry_page(day, vitals)).status_code == 404
        assert client_for(person).post(entry_page(day, vitals, "withdraw"), typed()).status_code == 404
    assert VitalSigns.objects.count() == 1


def test_dose_decision_cannot_be_corrected(day, client_for):
    assert client_for(day.first).get(entry_page(day, day.session, kind="dose")).status_code == 404


def test_abandoned_session_empties_the_room_and_is_prepared_again(day, client_for):
    client, url = client_for(day.first), reverse("sessions:session-abandon", args=[day.session.public_id])

    silent, done = client.post(url, {"reason": ""}), client.post(url, {"reason": "Fever this morning"})
    again = client.post(url, {"reason": "Twice"})

    day.session.refresh_from_db()
    assert (silent.status_code, done.status_code, again.status_code) == (422, 302, 409)
    assert day.session.state == "abandoned" and queries.in_room(day.session, at=day.at + timedelta(days=400)) == []
    assert day.session.visit.state in (VisitState.PLANNED, VisitState.BOOKED)
    visit = day.session.visit
    reopened = actions.open_session(visit, by=day.first, at=day.at + timedelta(days=1))
    assert (reopened.pk, reopened.state) == (day.session.pk, "preparing")


def test_dosed_session_is_not_abandoned_by_any_way(day, client_for, tess):
    from decimal import Decimal

    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    url = reverse("sessions:session-abandon", args=[day.session.public_id])

    assert client_for(day.first).post(url, {"reason": "Wish"}).status_code == 409
    with contribution(by=tess, reason="Test"), pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE dosing_dosingsession SET state = 'abandoned' WHERE id = %s", [day.session.pk])


def test_preparation_shows_every_condition_before_the_session_is_opened(day, client_for, world):
    from patients.models import Visit

    session = DosingSession.objects.get()
    visit = Visit.objects.get(participant=session.participant, code="V10")

    page = text_of(client_for(day.first).get(reverse("sessions:session-prepare", args=[visit.public_id])))

    for rule in queries.definition_for(session).pre_dose_conditions:
        assert rule.code in page
    assert "No kit is dispensed to this session." in page and "not known" in page


def test_preparation_shows_the_suicidality_that_its_gate_judges(day, client_for, world):
    visit = day.session.participant.visits.get(code="V10")
    client, page = client_for(day.first), reverse("sessions:session-prepare", args=[visit.public_id])
    assert "comes on the day" in text_of(client.get(page))

    facts_at(visit.participant, {"cssrs_ideation": "2", "cssrs_behaviour": "0"}, visit=visit, at=day.at, by=day.first)

    assert "ideation 2, behaviour 0" in text_of(client.get(page))


def test_correction_is_held_to_the_same_rules_as_the_entry(day, client_for):
    client, now = client_for(day.first), {"by": day.first, "at": day.at}
    distress = actions.rate_distress(day.session, score=4, observed_at=day.at, submission_id=uuid4(), **now)
    effect = actions.observe_effect(day.session, code="euphoric_mood", observed_at=day.at, submission_id=uuid4(), **now)
    entered = RoomPresence.objects.get(session=day.session, person=day.second)

    too_high = client.post(entry_page(day, distress, "amend", "distress"), typed(score="44"))
    wrong_way = client.post(entry_page(day, entered, "amend", "presence"), typed(person=day.second.pk, direction="out"))
    reworded = client.post(
        entry_page(day, effect, "amend", "effect"), typed(code="euphoric_mood", term="Warm hands", valence="welcome")
    )

    assert (too_high.status_code, wrong_way.status_code, reworded.status_code) == (422, 422, 302)
    (standing,) = queries.standing(type(effect), day.session)
    assert (standing.code, standing.term, standing.abuse_related) == ("", "Warm hands", False)


def test_corrected_set_is_no_baseline_of_itself(day, client_for):
    from decimal import Decimal

    day.vitals(120, 78, temperature_c=Decimal("36.8"), minute=-20)
    later = day.vitals(121, 79, temperature_c=Decimal("36.9"), minute=-10)
    before = day.vitals(122, 79, temperature_c=Decimal("36.7"), minute=-9).verdicts

    corrected = actions.amend_entry(
        later, changes={"observed_at": day.at}, reason="Clock read wrongly", submission_id=uuid4(), by=day.first,
        at=day.at,
    )  # fmt: skip

    assert {each["rule"]: each["truth"] for each in corrected.verdicts} == {
        each["rule"]: each["truth"] for each in before
    }
