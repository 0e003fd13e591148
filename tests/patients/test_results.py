"""Results by form: units, ranges, flags, what they supply, corrections; and what a clinician says of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from core.errors import Refused, WrongPassword
from patients import actions, queries, screening
from patients.models import ClinicalJudgement, Result
from tests.cast import PASSWORD
from tests.reading import text_of
from tests.stages import JUDGED, consented, facts_at, judged

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
LAB = "Central"


@pytest.fixture
def participant(world, ben):
    found = consented(world, by=ben, at=AT)
    facts_at(found, {"sex_at_birth": "male"}, by=ben, at=AT, visit=queries.visit_of(found, "V0"))
    return found


def add_range(site, *, by, measure="alt", high="40", low=None, unit="U/L", **more):
    details = actions.RangeDetails(
        LAB, measure, None if low is None else Decimal(low), Decimal(high), unit, date(2026, 1, 1), **more
    )
    definition = queries.definition_of(site.trial.protocol_versions.get())
    return actions.add_range(site, details, definition=definition, by=by, at=AT)


def report(participant, *, by, at=AT, visit="V0", reason="", **values):
    entries = [actions.ResultEntry(code, value, unit, AT, LAB, "R-1", reason) for code, (value, unit) in values.items()]
    where = queries.visit_of(participant, visit) if visit else None
    return actions.record_results(participant, entries, visit=where, by=by, at=at)


def fact(participant, name):
    values = [fact for fact in queries.facts_of(participant) if fact.variable == name]
    return values[-1].value if values else None


def test_value_in_another_unit_is_converted_and_both_are_kept(participant, ben):
    row = report(participant, by=ben, haemoglobin=("13.5", "g/dL"))[0]

    assert (row.value, row.unit, row.reported_value, row.reported_unit) == ("135.0", "g/L", "13.5", "g/dL")


def test_enzyme_becomes_a_multiple_once_its_range_is_known(participant, ben, site_a):
    report(participant, by=ben, alt=("120", "U/L"))
    assert fact(participant, "alt_x_uln") is None

    add_range(site_a, by=ben)

    assert fact(participant, "alt_x_uln") == "3"
    assert screening.result_lines(participant)[0].flag == "high"


def test_corrected_qt_is_computed_and_decides_its_criterion(participant, ben):
    report(participant, by=ben, qt=("430", "ms"), heart_rate=("75", "/min"))

    assert fact(participant, "qtcb_ms") == fact(participant, "qtcb_baseline_ms") == "481"
    assert Result.objects.get(participant=participant, measure="qtcb").computed
    verdict = actions.judge_eligibility(participant, visit_code="V0", by=ben, at=AT)
    assert next(c["state"] for c in verdict.criteria if c["code"] == "X03") == "present"


def test_drug_screen_is_counted_when_all_of_it_is_there(participant, ben):
    panel = queries.definition_for(participant).screening.panels["uds_positive_count"]
    report(participant, by=ben, **dict.fromkeys(panel[1:], ("negative", "")))
    assert fact(participant, "uds_positive_count") is None

    report(participant, by=ben, **{panel[0]: ("positive", "")})

    assert fact(participant, "uds_positive_count") == "1"


def test_same_results_again_write_nothing_and_another_value_needs_a_reason(participant, ben):
    report(participant, by=ben, qtcb=("410", "ms"))

    assert report(participant, by=ben, qtcb=("0.410", "s")) == []
    with pytest.raises(Refused, match="410 ms is recorded for this time"):
        report(participant, by=ben, qtcb=("420", "ms"))
    report(participant, by=ben, qtcb=("420", "ms"), reason="Read from the wrong line")

    assert [line.result.value for line in screening.result_lines(participant)] == ["420"]
    assert fact(participant, "qtcb_ms") == "420"
    corrected = participant.facts.get(variable="qtcb_ms", replaced_by__isnull=True)
    assert corrected.reason == "Read from the wrong line"


ENTERED = {"collected_at": "2026-01-05T09:00", "laboratory": LAB, "report": "R-7"}


@pytest.mark.parametrize(
    ("code", "entered", "sentence"),
    [
        pytest.param("LABS", {"potassium": "41", "unit_potassium": "mmol/L"}, "cannot be right", id="a slip"),
        pytest.param("LABS", {"potassium": "much"}, "Enter a number", id="no number"),
        pytest.param("LABS", {"potassium": "4", "unit_potassium": "mg"}, "valid choice", id="a strange unit"),
        pytest.param("LABS", {}, "Enter at least one result", id="nothing"),
        pytest.param("LABS", {"potassium": "4", "laboratory": ""}, "required", id="no laboratory"),
        pytest.param(
            "ECG12", {"qtcb": "410", "unit_qtcb": "ms", "collected_at": "2199-01-01T09:00"}, "in the future",
            id="taken in the future",
        ),
        pytest.param("PREG", {"pregnancy": "perhaps"}, "valid choice", id="a word that is none"),
    ],
)  # fmt: skip
def test_result_that_cannot_be_right_is_refused_at_its_field(participant, ben, client_for, code, entered, sentence):
    url = reverse("patients:screening-record", args=[participant.public_id, "V0", code])

    answer = client_for(ben).post(url, ENTERED | entered)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not Result.objects.filter(participant=participant).exists()


def test_form_keeps_a_result_with_its_unit_and_asks_why_it_is_corrected(participant, ben, client_for):
    url = reverse("patients:screening-record", args=[participant.public_id, "V0", "LABS"])
    client = client_for(ben)
    first = ENTERED | {"creatinine": "0,9", "unit_creatinine": "mg/dL"}

    page = text_of(client.post(url, first, follow=True))
    again = client.post(url, first | {"creatinine": "1.9"})
    why = client.post(url, first | {"creatinine": "1.9", "reason_for_creatinine": "Mistyped"})

    assert "79.58" in page and "reported 0.9 mg/dL" in page
    assert again.status_code == 422 and "Say why it is corrected" in text_of(again)
    assert why.status_code == 302
    assert Result.objects.get(participant=participant, replaced_by__isnull=True).reason == "Mistyped"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"high": None}, "at least one limit", id="no limit"),
        pytest.param({"low": Decimal(50)}, "must lie below", id="limits in the wrong order"),
        pytest.param({"unit": "mg/dL"}, "Give ALT in U/L", id="a strange unit"),
        pytest.param({"measure": "pregnancy"}, "has a unit", id="a word has no range"),
        pytest.param({"age_from": 60, "age_to": 18}, "must lie above", id="ages in the wrong order"),
    ],
)
def test_range_that_cannot_be_right_is_refused(world, ben, site_a, changes, sentence):
    said = {"laboratory": LAB, "measure": "alt", "low": None, "high": Decimal(40), "unit": "U/L"} | changes
    details = actions.RangeDetails(**said, valid_from=date(2026, 1, 1))
    definition = queries.definition_of(world.version)

    with pytest.raises(Refused, match=sentence):
        actions.add_range(site_a, details, definition=definition, by=ben, at=AT)


def test_range_is_added_by_form_in_the_protocols_unit_and_only_once(world, ben, site_a, client_for):
    url = reverse("patients:range-add")
    entered = {
        "site": site_a.pk, "laboratory": LAB, "measure": "haemoglobin", "unit": "g/dL", "low": "12", "high": "16",
        "sex": "female", "valid_from": "2026-01-01",
    }  # fmt: skip

    page = text_of(client_for(ben).post(url, entered, follow=True))
    twice = client_for(ben).post(url, entered)

    assert "120 to 160 g/L" in page and "female" in page
    assert twice.status_code == 422 and "has a range for the same people" in text_of(twice)


# --- what a clinician says ------------------------------------------------------------------------------------------
def judge(participant, *, by, answers=None, results=None, grounds="Examined", password=PASSWORD, key=None):
    sitting = actions.Sitting(answers or {}, results or {}, grounds)
    return actions.judge_clinically(participant, sitting, password=password, submission_id=key or uuid4(), by=by, at=AT)


def state_of(participant, code, *, by, at=AT):
    verdict = actions.judge_eligibility(participant, visit_code="V0", by=by, at=at)
    return next(criterion["state"] for criterion in verdict.criteria if criterion["code"] == code)


def test_typed_answer_counts_for_nothing_until_it_is_judged_and_signed(participant, ada, ben):
    facts_at(participant, {"torsade_risk": "false"}, by=ben, at=AT, visit=queries.visit_of(participant, "V0"))
    assert state_of(participant, "X04", by=ben) == "not_yet_known"

    judge(participant, by=ada, answers={"torsade_risk": False})

    assert state_of(participant, "X04", by=ben) == "not_present"


def test_later_value_that_differs_asks_for_another_judgement(participant, ada, ben):
    judge(participant, by=ada, answers={"significant_cv_disease": False})
    visit = queries.visit_of(participant, "V0")
    facts_at(participant, {"significant_cv_disease": "false"}, by=ben, at=AT + timedelta(hours=1), visit=visit)
    assert state_of(participant, "X05", by=ben) == "not_present"

    facts_at(participant, {"significant_cv_disease": "true"}, by=ben, at=AT + timedelta(hours=2), visit=visit)

    assert state_of(participant, "X05", by=ben) == "not_yet_known"


def test_only_the_duty_judges(participant, ben, ada):
    with pytest.raises(Refused, match="judged by: Study physician"):
        judge(participant, by=ben, answers={"torsade_risk": False})
    with pytest.raises(Refused, match="lets nobody judge"):
        judge(participant, by=ada, answers={"weight_kg": True})
    with pytest.raises(Refused, match="at least one"):
        judge(participant, by=ada)
    with pytest.raises(Refused, match="on what grounds"):
        judge(participant, by=ada, answers={"torsade_risk": False}, grounds=" ")
    with pytest.raises(WrongPassword):
        judge(participant, by=ada, answers={"torsade_risk": False}, password="wrong")
    assert not ClinicalJudgement.objects.filter(participant=participant).exists()


def test_one_sitting_sent_twice_is_one(participant, ada):
    key = uuid4()

    assert judge(participant, by=ada, answers=JUDGED, key=key) == judge(participant, by=ada, answers=JUDGED, key=key)
    assert participant.facts.filter(judgement__isnull=False).count() == len(JUDGED)


def test_result_out_of_range_waits_for_a_clinician_who_says_what_it_means(participant, ada, ben, site_a, client_for):
    add_range(site_a, by=ben, measure="potassium", low="3.5", high="5.1", unit="mmol/L")
    row = report(participant, by=ben, potassium=("5.6", "mmol/L"))[0]
    url = reverse("patients:judgements", args=[participant.public_id])
    assert "Potassium 5.6 mmol/L, high" in text_of(client_for(ada).get(url))
    entered = {
        row.public_id: "yes", "grounds": "Repeated", "password": PASSWORD, "submission_id": str(uuid4()),
    }  # fmt: skip

    silent = client_for(ada).post(url, entered)
    page = client_for(ada).post(url, entered | {f"comment_{row.public_id}": "Haemolysed sample"}, follow=True)

    assert silent.status_code == 422 and "Say what Potassium means" in text_of(silent)
    assert "clinically significant: Haemolysed sample" in text_of(page)
    line = screening.result_lines(participant)[0]
    assert line.judged is not None and line.judged.significant and not line.waits
    assert client_for(ben).post(url, entered).status_code == 404


def test_wrong_password_on_the_page_keeps_what_was_typed(participant, ada, client_for):
    url = reverse("patients:judgements", args=[participant.public_id])
    entered = {"torsade_risk": "false", "grounds": "Long words", "password": "x", "submission_id": str(uuid4())}

    answer = client_for(ada).post(url, entered)

    assert answer.status_code == 422
    assert "The password is not right" in text_of(answer) and "Long words" in answer.content.decode()


def test_result_that_is_too_old_no_longer_counts(participant, ada, ben):
    report(participant, by=ben, qtcb=("410", "ms"))
    judged(participant, by=ada, at=AT)

    assert state_of(participant, "X03", by=ben, at=AT + timedelta(days=60)) == "not_present"
    verdict = actions.judge_eligibility(participant, visit_code="V0", by=ben, at=AT + timedelta(days=61))
    criterion = next(c for c in verdict.criteria if c["code"] == "X03")
    assert criterion["state"] == "not_yet_known"
    assert [item["variable"] for item in criterion["outdated"]] == ["qtcb_ms"]
