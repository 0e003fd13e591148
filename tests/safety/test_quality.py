"""Tests of what becomes of a deviation: analysis, actions with owner and check, ethics board, trends, candidates."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.contributions import contribution
from core.errors import Conflict, Refused
from protocol.office import EthicsClock, SafetyOffice
from safety import actions, drawings, queries
from safety.models import Deviation, EthicsReport, QualityAction
from tests.cast import AT

DAY = timedelta(days=1)


@pytest.fixture
def accepted(nina, ben, ada):
    """An important deviation that the investigator accepted."""
    found = actions.record_deviation(
        nina, category="Form signed late", description="Two days", importance="important", occurred_at=AT,
        submission_id=uuid4(), by=ben, at=AT,
    )  # fmt: skip
    return actions.accept_deviation(found, importance="important", reason="It bears on rights", by=ada, at=AT)


def plan(deviation, *, owner, by, **changes):
    said = {"kind": "preventive", "text": "Check the form at the door", "due_on": (AT + 3 * DAY).date(),
            "check_on": (AT + 10 * DAY).date(), "submission_id": uuid4(), "at": AT}  # fmt: skip
    return actions.plan_action(deviation, **said | changes, owner=owner, by=by)


def test_an_analysis_uses_the_protocols_words_and_the_latest_counts(accepted, ada):
    said = {"explanation": "Nobody looked", "by": ada, "at": AT}
    for faulty in ({"category": "mood", "root_cause": "training"}, {"category": "consent", "root_cause": "moon"}):
        with pytest.raises(Refused, match="Choose one of the protocol"):
            actions.analyse_deviation(accepted, **said | faulty)
    with pytest.raises(Refused, match="how it came about"):
        actions.analyse_deviation(accepted, category="consent", root_cause="training", **said | {"explanation": " "})

    for cause in ("training", "workload"):
        actions.analyse_deviation(accepted, category="consent", root_cause=cause, **said)

    assert [each.root_cause for each in accepted.analyses.order_by("-number")] == ["workload", "training"]


def test_a_candidate_is_neither_analysed_nor_acted_on(nina, ben, ada):
    candidate = actions.record_deviation(
        nina, category="X", description="Y", importance="minor", occurred_at=AT, by=ben, at=AT
    )

    with pytest.raises(Refused, match="First decide"):
        plan(candidate, owner=ben, by=ada)


def test_an_action_is_done_by_its_owner_and_checked_by_somebody_else_in_time(accepted, ada, ben, tess):
    action = plan(accepted, owner=ben, by=ada)
    with pytest.raises(Refused, match="owner"):
        actions.finish_action(action, note="Done", by=ada, at=AT + DAY)
    with pytest.raises(Conflict):
        actions.check_action(action, effect="effective", note="X", by=tess, at=AT + 11 * DAY)
    done = actions.finish_action(action, note="A box on the list", by=ben, at=AT + DAY)
    with pytest.raises(Conflict):
        actions.finish_action(action, note="Again", by=ben, at=AT + DAY)

    with pytest.raises(Refused, match="does not check"):
        actions.check_action(done, effect="effective", note="X", by=ben, at=AT + 11 * DAY)
    with pytest.raises(Refused, match="from"):
        actions.check_action(done, effect="effective", note="X", by=tess, at=AT + 2 * DAY)
    checked = actions.check_action(done, effect="ineffective", note="Twice since", by=tess, at=AT + 11 * DAY)

    assert (checked.state, checked.checked_by) == ("ineffective", tess)


def test_the_database_lets_nobody_check_the_own_action(accepted, ada, ben):
    action = actions.finish_action(plan(accepted, owner=ben, by=ada), note="Done", by=ben, at=AT)

    with pytest.raises(IntegrityError, match="action_checked_by_another"), transaction.atomic():
        with contribution(by=ben, reason="Past the action"):
            QualityAction.objects.filter(pk=action.pk).update(
                state="effective", checked_by=ben, checked_at=AT, check_note="Fine"
            )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"kind": "other"}, "kind", id="another kind"),
        pytest.param({"text": " "}, "text", id="no text"),
        pytest.param({"due_on": (AT - DAY).date()}, "due_on", id="a term that is over"),
        pytest.param({"check_on": (AT + DAY).date()}, "check_on", id="a check before the term"),
    ],
)
def test_an_action_that_cannot_be_right_is_refused(accepted, ada, ben, changes, field):
    with pytest.raises(Refused) as refusal:
        plan(accepted, owner=ben, by=ada, **changes)

    assert refusal.value.field == field


def test_only_who_sees_the_deviation_owns_an_action(accepted, ada, carl, rhea):
    for stranger in (carl, rhea):
        with pytest.raises(Refused, match="may see"):
            plan(accepted, owner=stranger, by=ada)


def test_the_same_form_plans_one_action(accepted, ada, ben):
    key = uuid4()

    assert plan(accepted, owner=ben, by=ada, submission_id=key) == plan(accepted, owner=ben, by=ada, submission_id=key)


def test_an_important_deviation_starts_the_ethics_clock_of_its_region(accepted, nina, carol, ben, carl, cleo, ada):
    report = EthicsReport.objects.get(deviation=accepted)
    # Seven days by the calendar of Lisbon, to the end of the day.
    assert (report.region, report.due_at.isoformat()) == ("eu", "2026-01-12T23:59:59+00:00")
    other = actions.record_deviation(
        carol, category="X", description="Y", importance="minor", occurred_at=AT, by=carl, at=AT
    )
    actions.accept_deviation(other, importance="important", reason="R", by=cleo, at=AT)
    assert EthicsReport.objects.get(deviation=other).region == "us"

    minor = actions.record_deviation(
        nina, category="X", description="Y", importance="minor", occurred_at=AT, by=ben, at=AT
    )
    actions.accept_deviation(minor, importance="minor", reason="R", by=ada, at=AT)
    assert not EthicsReport.objects.filter(deviation=minor).exists()


def test_a_region_without_a_clock_has_none():
    office = SafetyOffice(ethics_clocks=(EthicsClock("eu", ("Europe",), 7),))

    assert office.ethics_clock_of("Asia/Tokyo") is None


def test_a_late_report_to_the_ethics_board_says_why(accepted, ada):
    report = EthicsReport.objects.get(deviation=accepted)
    said = {"late_reason": "", "by": ada, "reported_at": None}
    late = AT + 9 * DAY
    for faulty, words in (
        ({"reference": " ", "at": AT}, "Name what was sent"),
        ({"reference": "Letter 4", "at": late}, "Say why"),
        ({"reference": "Letter 4", "at": AT, "reported_at": AT + DAY}, "between the decision and now"),
    ):
        with pytest.raises(Refused, match=words):
            actions.tell_ethics_board(report, **said | faulty)

    actions.tell_ethics_board(report, **said | {"reference": "Letter 4", "late_reason": "Post strike", "at": late})

    with pytest.raises(Conflict):
        actions.tell_ethics_board(report, **said | {"reference": "Letter 5", "late_reason": "X", "at": late})


def test_the_owner_and_the_investigator_find_it_on_the_worklist(accepted, ada, ben, client_for):
    plan(accepted, owner=ben, by=ada)

    assert "Do what was planned about a deviation" in client_for(ben).get("/").content.decode()
    assert "Tell the ethics board" in client_for(ada).get("/").content.decode()
    assert "Do what was planned" not in client_for(ada).get("/").content.decode()


def test_the_page_takes_analysis_action_and_report(accepted, ada, ben, client_for):
    client, key = client_for(ada), [accepted.public_id]
    sent = {"category": "consent", "root_cause": "training", "explanation": "Nobody looked"}
    action = {"kind": "corrective", "text": "Sign anew", "owner": ben.public_id, "due_on": "2030-01-01",
              "check_on": "2030-02-01", "submission_id": str(uuid4())}  # fmt: skip

    refused = client.post(reverse("safety:deviation-analyse", args=key), sent | {"root_cause": ""})
    client.post(reverse("safety:deviation-analyse", args=key), sent)
    client.post(reverse("safety:action-plan", args=key), action)
    client.post(
        reverse("safety:ethics-tell", args=key),
        {"reported_at": "2026-01-06T09:00", "reference": "Letter 4", "late_reason": ""},
    )

    page = client.get(reverse("safety:deviation-detail", args=key)).content.decode()
    assert refused.status_code == 422 and "Nobody looked" in refused.content.decode()
    assert all(words in page for words in ("Consent and its version", "Sign anew", "Letter 4"))
    ours = client_for(ben)
    one = QualityAction.objects.get()
    ours.post(reverse("safety:action-finish", args=[one.public_id]), {f"{one.public_id}-note": "Signed"})
    one.refresh_from_db()
    assert (one.state, one.done_note) == ("done", "Signed")


def test_trends_count_by_month_site_and_category(accepted, ada, nina, ben, client_for):
    actions.analyse_deviation(accepted, category="consent", root_cause="training", explanation="X", by=ada, at=AT)
    actions.record_deviation(
        nina, category="X", description="Y", importance="minor", occurred_at=AT - 40 * DAY, by=ben, at=AT
    )
    refused = actions.record_deviation(
        nina, category="X", description="Y", importance="minor", occurred_at=AT, by=ben, at=AT
    )
    actions.refuse_deviation(refused, reason="None", by=ada, at=AT)

    trend = queries.trend_of(Deviation.objects.all())

    assert trend.months == ("Nov 2025", "Dec 2025", "Jan 2026")
    assert trend.by_site == {"S01": (1, 0, 1)} and trend.by_month == (1, 0, 1)
    assert trend.by_category == {"consent": (0, 0, 1), "unsorted": (1, 0, 0)}
    assert "Consent and its version" in client_for(ada).get(reverse("safety:deviation-trends")).content.decode()


def test_the_highest_bar_is_as_high_as_the_drawing():
    bars = drawings.stacked(("1", "2"), {"a": (1, 3), "b": (1, 1)})

    assert [bar.sum for bar in bars] == [2, 4]
    assert bars[1].top == drawings.TOP and [part.fill for part in bars[1].parts] == list(drawings.FILLS[:2])
    assert drawings.stacked((), {}) == []


def test_an_override_and_a_late_supplemental_dose_are_proposed_when_the_session_closes(day, monkeypatch, ada):
    from safety.handlers import _propose_of_doses
    from sessions import queries as session_queries
    from sessions.models import ConditionOverride, DoseRecord

    day.give()
    session, first = day.session, DoseRecord.objects.get(kind="initial")
    session.refresh_from_db()
    with contribution(by=ada, reason="Arranged by the test"):
        ConditionOverride.objects.create(
            session=session, site_id=session.site_id, condition="PD5", duty="medical_monitor", reason="Known for years",
            decided_at=AT, recorded_by=ada,
        )  # fmt: skip
        definition = session_queries.definition_for(session)
        late = session.initial_dose_at + timedelta(minutes=definition.supplemental_window.latest + 5)
        second = DoseRecord(
            session=session, public_id="dos_late", kind="supplemental", decision="given", observed_at=late
        )
        monkeypatch.setattr(session_queries, "standing", lambda model, of: [first, second])
        _propose_of_doses(session, definition)

    found = Deviation.objects.filter(participant=session.participant, importance="important")
    assert sorted(found.values_list("importance", "category")) == [
        ("important", "Condition passed by a signed override"),
        ("important", "Dose given outside its time window"),
    ]
