"""History, earlier treatments, earlier use and medicines: entered, changed, withdrawn, and what follows from them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from core.contributions import contribution
from core.errors import Conflict, Refused
from patients import actions, queries, screening
from patients.completeness import completeness_of
from patients.identity import IdentityDetails
from patients.models import HistoryEntry, Medicine
from tests.reading import text_of
from tests.stages import consented, facts_at, randomised, ready_to_randomise

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
ASKED = actions.Asked("Participant", AT)


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def keep(participant, details, *, by, at=AT):
    return actions.record_entry(participant, details, ASKED, submission_id=uuid4(), by=by, at=at)


def fact(participant, name):
    values = [fact.value for fact in queries.facts_of(participant) if fact.variable == name]
    return values[-1] if values else None


def of_form(**entered):
    return {"observed_at": "2026-01-05T09:30", "source": "Participant", "submission_id": str(uuid4())} | entered


def test_condition_is_entered_with_a_partial_date_and_stands_uncoded(participant, ben, client_for):
    url = reverse("patients:entry-add", args=[participant.public_id, "medical"])

    answer = client_for(ben).post(
        url, of_form(kind="medical", term="Asthma", started_month="5", started_year="2010", ongoing="on"), follow=True
    )

    entry = HistoryEntry.objects.get(participant=participant)
    assert (entry.started, entry.ongoing, entry.coded_term) == ("2010-05", True, "")
    assert "May 2010" in text_of(answer) and "not coded yet" in text_of(answer)


@pytest.mark.parametrize(
    ("kind", "entered", "sentence"),
    [
        pytest.param(
            "medical", {"kind": "medical", "term": "Flu", "started_year": "2020", "ended_year": "2019"},
            "It cannot end before it starts.", id="an end before the start",
        ),
        pytest.param(
            "medical", {"kind": "medical", "term": "Flu", "ended_year": "2019", "ongoing": "on"},
            "ongoing, or it has ended", id="ongoing and ended",
        ),
        pytest.param("medical", {"kind": "medical"}, "required", id="no condition"),
        pytest.param(
            "psychiatric", {"kind": "psychiatric", "term": "x", "started_year": "2199"}, "in the future", id="future"
        ),
        pytest.param(
            "treatment", {"kind": "medicine", "name": "sertraline", "response": ""}, "required", id="no response"
        ),
        pytest.param(
            "treatment", {"kind": "medicine", "name": "sertraline", "response": "none", "dose_mg": "a lot"},
            "Enter a number", id="a dose that is no number",
        ),
        pytest.param("use", {"year": "2199", "occasions": "1", "context": "other"}, "still to come", id="next year"),
        pytest.param("use", {"year": "2020", "occasions": "2"}, "Choose on what occasion", id="no occasion"),
        pytest.param(
            "use", {"year": "2020", "occasions": "2", "context": "other", "last_used_year": "2021"},
            "lies in that year", id="a last day in another year",
        ),
        pytest.param("medicine", {"listed": "another"}, "Name the medicine.", id="another medicine without a name"),
        pytest.param(
            "medicine", {"listed": "sertraline", "last_taken_on": "2199-02-01"}, "latest possible day", id="later"
        ),
        pytest.param(
            "medicine",
            {"listed": "sertraline", "taper_from": "2026-01-20", "planned_last_on": "2026-01-10"},
            "before the taper begins", id="a last day before the taper",
        ),
        pytest.param(
            "medicine",
            {"listed": "sertraline", "last_taken_on": "2026-01-02", "planned_last_on": "2026-01-10"},
            "the planned last day is no more", id="stopped and still to be stopped",
        ),
    ],
)  # fmt: skip
def test_entry_that_cannot_be_right_is_refused_in_words_and_nothing_is_lost(
    participant, ben, client_for, kind, entered, sentence
):
    url = reverse("patients:entry-add", args=[participant.public_id, kind])

    answer = client_for(ben).post(url, of_form(**entered, note="Typed already"))

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "Typed already" in answer.content.decode()


def test_one_form_sent_twice_is_one_entry(participant, ben, client_for):
    url = reverse("patients:entry-add", args=[participant.public_id, "psychiatric"])
    entered = of_form(kind="psychiatric", term="Panic attacks")

    for _ in range(2):
        assert client_for(ben).post(url, entered).status_code == 302

    assert HistoryEntry.objects.filter(participant=participant).count() == 1


def test_change_stands_beside_the_old_entry_and_needs_a_reason(participant, ben, client_for):
    entry = keep(participant, actions.HistoryDetails("medical", "Asthma", ongoing=True), by=ben)
    url = reverse("patients:entry-change", args=[entry.public_id])
    entered = {"kind": "medical", "term": "Asthma", "ended_year": "2020", "submission_id": str(uuid4())}

    without = client_for(ben).post(url, entered)
    with_reason = client_for(ben).post(url, entered | {"reason": "Letter of the physician"})

    assert (without.status_code, with_reason.status_code) == (422, 302)
    assert [row.ended for row in screening.history_of(participant)] == ["2020"]
    assert HistoryEntry.objects.filter(participant=participant).count() == 2
    assert client_for(ben).get(url).status_code == 404


def test_second_change_of_one_entry_is_told(participant, ben):
    entry = keep(participant, actions.HistoryDetails("medical", "Asthma"), by=ben)
    said = {"reason": "Misheard", "by": ben, "at": AT}
    actions.correct_entry(entry, actions.HistoryDetails("medical", "Bronchitis"), submission_id=uuid4(), **said)

    with pytest.raises(Conflict, match="Somebody else changed this entry first"):
        actions.withdraw_entry(entry, submission_id=uuid4(), **said)


def test_withdrawn_entry_counts_no_more(participant, ben, client_for):
    entry = keep(participant, actions.UseDetails(2020, 12, context="recreational"), by=ben)
    keep(participant, actions.UseDetails(2019, 0), by=ben)
    url = reverse("patients:entry-change", args=[entry.public_id])
    assert fact(participant, "mdma_uses_10y") == "12"

    client_for(ben).post(
        url,
        {"step": "withdraw", "withdraw-reason": "Another person", "withdraw-submission_id": str(uuid4())},
    )

    assert fact(participant, "mdma_uses_10y") == "0"
    assert fact(participant, "mdma_last_use_months") == "999"


def test_earlier_use_decides_its_criterion(participant, ben):
    keep(participant, actions.UseDetails(2020, 11, context="recreational"), by=ben)

    verdict = actions.judge_eligibility(participant, visit_code="V0", by=ben, at=AT)

    states = {criterion["code"]: criterion["state"] for criterion in verdict.criteria}
    assert states["X21"] == "present"


def test_resistance_is_derived_with_evidence_and_no_tick(participant, ben, client_for):
    assert fact(participant, "treatment_resistant") is None
    first = actions.TreatmentDetails("medicine", "sertraline", "none", Decimal(150), started="2020", ended="2022")
    second = actions.TreatmentDetails("psychotherapy", "Exposure", "partial", sessions=12)

    keep(participant, first, by=ben)
    assert (fact(participant, "treatment_resistant"), fact(participant, "failed_adequate_treatments")) == ("false", "1")
    keep(participant, second, by=ben)

    found = next(f for f in reversed(queries.facts_of(participant)) if f.variable == "treatment_resistant")
    assert (found.value, found.source) == ("true", "Judged from earlier treatments: 2, failed sertraline, Exposure")
    page = text_of(client_for(ben).get(reverse("patients:history", args=[participant.public_id])))
    assert "Is there treatment resistance?" in page and "adequate and failed: 2" in page


def test_medicine_of_the_list_brings_its_class_and_the_plan_says_why(participant, ben, client_for):
    url = reverse("patients:entry-add", args=[participant.public_id, "medicine"])

    page = text_of(
        client_for(ben).post(url, of_form(listed="fluoxetine", last_taken_on="2026-01-05", dose="20 mg"), follow=True)
    )

    assert Medicine.objects.get(participant=participant).medicine_class == "SSRI"
    assert "2 Apr 2026" in page and "half-life 16 days" in page
    assert "7 Apr 2026" in page
    assert "Fluoxetine is away long enough on 2 Apr 2026" in page


def test_listed_medicine_keeps_the_class_of_the_protocol(participant, ben):
    with pytest.raises(Refused, match="By the protocol sertraline is of the class SSRI"):
        keep(participant, actions.MedicineDetails("sertraline", ""), by=ben)


def test_medicine_started_before_treatment_closes_the_next_step(world, ben, ada):
    participant = ready_to_randomise(world, by=ben, investigator=ada, at=AT)

    keep(participant, actions.MedicineDetails("sertraline", "SSRI", started="2026-01-05"), by=ben)

    flag = queries.open_contradiction(participant)
    assert flag is not None and flag.criteria == ["I13"]


def test_medicine_started_in_treatment_stops_it_and_leaves_the_baseline(world, ben, ada):
    participant = randomised(world, by=ben, investigator=ada, at=AT)
    visit = queries.visit_of(participant, "V5")
    visit.start()
    visit.started_at = AT
    with contribution(by=ben, reason="Arranged by the test"):
        visit.save(update_fields=["state", "started_at"])
    later = datetime(2026, 2, 1, 10, 0, tzinfo=UTC)

    keep(participant, actions.MedicineDetails("sertraline", "SSRI", started="2026-01-20"), by=ben, at=later)

    assert fact(participant, "prohibited_med_started") == "true"
    assert fact(participant, "washout_ok") == "true"
    assert queries.open_contradiction(participant) is None


def test_nothing_is_recorded_before_consent(world, ben, site_a):
    stranger = actions.add_participant(
        site=site_a, identity=IdentityDetails("New Person", date(1990, 1, 1)), first_contact_on=AT.date(), by=ben, at=AT
    )

    with pytest.raises(Refused, match="No procedure before consent"):
        keep(stranger, actions.UseDetails(2020, 0), by=ben)


@pytest.mark.parametrize("name", ["history", "medicines", "results", "judgements"])
def test_page_before_consent_leads_to_consent(world, ben, site_a, client_for, name):
    stranger = actions.add_participant(
        site=site_a, identity=IdentityDetails("New Person", date(1990, 1, 1)), first_contact_on=AT.date(), by=ben, at=AT
    )

    answer = client_for(ben).get(reverse(f"patients:{name}", args=[stranger.public_id]))

    assert answer.status_code == 200
    assert "No procedure before consent" in text_of(answer)


def test_entry_of_another_site_does_not_exist(participant, ben, carl, client_for):
    entry = keep(participant, actions.HistoryDetails("medical", "Asthma"), by=ben)

    for public_id in (entry.public_id, "xyz_2345", "hst_none"):
        url = reverse("patients:entry-change", args=[public_id])
        assert client_for(carl).get(url).status_code == 404


def test_record_says_what_is_done_missing_and_too_old(participant, ben, client_for):
    facts_at(participant, {"weight_kg": "70"}, by=ben, at=AT, visit=queries.visit_of(participant, "V0"))
    then = completeness_of([participant], at=AT)[participant.pk]
    later = completeness_of([participant], at=datetime(2026, 3, 7, 10, 0, tzinfo=UTC))[participant.pk]

    def of(record, code):
        return next(line for line in record.lines if (line.visit.code, line.procedure.code) == ("V0", code))

    assert (of(then, "WEIGHT").state, of(then, "ECG12").state) == ("complete", "unknown")
    assert (of(later, "WEIGHT").state, of(later, "WEIGHT").words) == ("overdue", "Too old")
    assert then.done == 1 and later.old == 1
    page = text_of(client_for(ben).get(reverse("patients:screening", args=[participant.public_id])))
    assert "procedures complete" in page


def test_record_that_was_in_time_for_the_first_dose_stays_so(participant, ben):
    facts_at(participant, {"weight_kg": "70"}, by=ben, at=AT, visit=queries.visit_of(participant, "V0"))
    dosed_at, later = AT + timedelta(days=20), datetime(2026, 3, 7, 10, 0, tzinfo=UTC)

    def weight():
        record = completeness_of([participant], at=later)[participant.pk]
        return next(line for line in record.lines if (line.visit.code, line.procedure.code) == ("V0", "WEIGHT"))

    assert weight().words == "Too old"
    with contribution(by=ben, reason="Arranged by the test"):
        dose = queries.visit_of(participant, "V5")
        dose.start()
        dose.started_at = dosed_at
        dose.save(update_fields=["state", "started_at"])

    assert weight().words == "Complete"
