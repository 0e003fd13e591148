"""Pictures of the outcome, the release of ratings, and a simulated trial whose outcome is computed twice."""

import random
from fractions import Fraction
from typing import Any

import pytest
import yaml
from django.db import connection

from assessments import actions, queries
from assessments.completeness import retention_of
from assessments.courses import courses_of
from assessments.models import Assessment, RatingRelease
from assessments.outcome_chart import picture_of
from core.errors import Refused, WrongPassword
from core.models import Person
from demo.simulation import bodies
from patients import actions as patient_actions
from patients.models import Participant, Visit
from tests.assessments.conftest import booked
from tests.assessments.test_actions import NO_DIAGNOSIS, answer_all, lock, rating
from tests.cast import AT, PASSWORD, PROTOCOL_FILE
from tests.conftest import size
from tests.reading import says
from tests.stages import consented
from trials.queries import definition_of

PROFILE = yaml.safe_load((PROTOCOL_FILE.parent / "demo_profile.yaml").read_text())


def released(participant: Participant, *, by: Person, **changed: Any) -> RatingRelease:
    given = {"reason": "The last interview is done", "password": PASSWORD, "at": AT} | changed
    return actions.release_ratings(participant, by=by, **given)


def settle_rated_visits(participant: Participant, *, by: Person) -> None:
    """Misses every interview that is still to come."""
    for code in sorted(queries.rated_visits(participant)):
        visit = participant.visits.get(code=code)
        if visit.state in ("planned", "booked"):
            patient_actions.miss_visit(visit, reason="Did not come", by=by, at=AT)


@pytest.fixture
def assessed(baseline: Visit, ben: Person) -> Participant:
    """A participant with one locked interview and one questionnaire at baseline."""
    lock(rating(baseline, "LEC5"), {}, others=1)
    lock(rating(baseline, "SDS_M"), {})
    lock(rating(baseline), {1: 4, **NO_DIAGNOSIS})
    form = rating(baseline, "BDI2")
    answer_all(form, {}, by=ben, others=1)
    actions.complete_form(form, by=ben, at=AT)
    return baseline.participant


def page_of(participant: Participant, browser: Any) -> str:
    return browser.get(f"/participants/{participant.public_id}/outcome/").content.decode()


def test_a_site_sees_questionnaires_and_no_rating(assessed: Participant, client_for: Any, ada: Person) -> None:
    page = page_of(assessed, client_for(ada))

    assert "BDI2" in page and "total 21 at V3" in page
    assert "CAPS5" not in page and "SDS_M" not in page


def test_that_a_rating_lacks_items_leaves_once_it_is_released(baseline: Visit, ben: Person, ada: Person) -> None:
    part = rating(baseline, "LEC5")
    assert part.rater is not None
    actions.lock_assessment(part, password=PASSWORD, missing_reason="The line broke", by=part.rater, at=AT)
    lock(rating(baseline, "SDS_M"), {})
    lock(rating(baseline), NO_DIAGNOSIS)
    settle_rated_visits(baseline.participant, by=ben)

    def told() -> list[str]:
        incomplete = queries.incomplete_assessments().filter(open_reason="The line broke")
        everything = queries.all_assessments().filter(open_reason="The line broke")
        return [row.public_id for found in (incomplete, everything) for row in found]

    before = told()
    released(baseline.participant, by=ada)

    assert before == []
    assert told() == [part.public_id] * 2


def test_the_table_says_what_the_picture_says(assessed: Participant, client_for: Any, ben: Person) -> None:
    context = client_for(ben).get(f"/participants/{assessed.public_id}/outcome/").context

    drawn = {
        panel.course.instrument: [dot.label for dot in panel.dots if not dot.missing]
        for panel in context["picture"].panels
    }
    listed: dict[str, list[str]] = {}
    for line in context["lines"]:
        if line["point"].value is not None:
            listed.setdefault(line["course"].instrument, []).append(line["value"])
    assert {code: labels for code, labels in drawn.items() if labels} == listed
    missing = [line["point"].missing for line in context["lines"] if line["point"].value is None]
    assert missing and all(missing)


def test_the_desk_sees_states_alone(assessed: Participant, client_for: Any, dev: Person) -> None:
    page = page_of(assessed, client_for(dev))

    assert "BDI2" in page and "total 21" not in page and "<svg viewBox" not in page


def test_ratings_open_to_the_investigator_once_released_and_to_nobody_else(
    assessed: Participant, client_for: Any, world: Any
) -> None:
    settle_rated_visits(assessed, by=world.people["ben"])

    released(assessed, by=world.people["dev"])

    seen = {name: says(page_of(assessed, client_for(world.people[name])), "CAPS5") for name in ("ada", "ben", "mona")}
    assert seen == {"ada": True, "ben": False, "mona": False}
    assert "remission 11" in page_of(assessed, client_for(world.people["ada"]))


def test_ratings_are_not_released_while_an_interview_is_to_come(assessed: Participant, dev: Person) -> None:
    with pytest.raises(Refused, match="still to come at LT1"):
        released(assessed, by=dev)

    assert not RatingRelease.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"reason": " "}, Refused, id="without a reason"),
        pytest.param({"password": "wrong"}, WrongPassword, id="without the password"),
    ],
)
def test_a_release_needs_reason_and_signature(
    assessed: Participant, dev: Person, ben: Person, changed: dict[str, Any], error: type[Exception]
) -> None:
    settle_rated_visits(assessed, by=ben)

    with pytest.raises(error):
        released(assessed, by=dev, **changed)


def test_ratings_are_released_once_from_the_page(
    assessed: Participant, client_for: Any, dev: Person, ben: Person
) -> None:
    settle_rated_visits(assessed, by=ben)
    browser, address = client_for(dev), f"/participants/{assessed.public_id}/outcome/"
    assert browser.post(address, {"reason": "", "password": PASSWORD}).status_code == 422

    answers = [browser.post(address, {"reason": "Done", "password": PASSWORD}).status_code for _ in range(2)]

    assert answers == [302, 404]
    with pytest.raises(Refused, match="already"):
        released(assessed, by=dev)


def test_a_picture_has_the_protocols_lines_the_doses_and_the_windows(assessed: Participant, world: Any) -> None:
    definition = definition_of(world.version)
    visits = list(assessed.visits.order_by("order"))
    dosing = next(visit for visit in visits if visit.code == "V5")
    dosing.started_at = AT

    courses = courses_of(queries.course_rows(assessed).filter(instrument="CAPS5"))
    picture = picture_of(definition, courses, visits, zone="UTC")

    assert picture is not None
    assert [label for _, label in picture.doses] == ["D1"] and picture.panels[0].windows
    assert [line.label for line in picture.panels[0].lines] == ["remission 11"]
    assert picture_of(definition, [], visits, zone="UTC") is None


def test_completeness_shows_states_and_no_value(assessed: Participant, client_for: Any, ben: Person) -> None:
    answer = client_for(ben).get("/completeness/")

    row = next(row for row in answer.context["rows"] if row.participant == assessed)
    cells = {cell.code: cell for cell in row.cells}
    assert (cells["V3"].state, cells["V3"].done, cells["V3"].asked) == ("overdue", 4, 8)
    assert "Criteria met" not in answer.content.decode()


def test_whoever_left_stays_in_the_count_of_those_due(assessed: Participant, ben: Person, world: Any) -> None:
    settle_rated_visits(assessed, by=ben)
    visits = list(assessed.visits.all())
    next(visit for visit in visits if visit.code == "V3").started_at = AT

    steps = {step.code: step for step in retention_of(visits, definition=definition_of(world.version), today=AT.date())}

    assert (steps["V3"].due, steps["V3"].assessed) == (1, 1)
    assert (steps["V19"].due, steps["V19"].assessed, steps["V19"].share) == (1, 0, 0.0)


# --- a simulated trial, computed twice ---


def interviewed(participant: Participant, code: str, total: int, *, by: Person, dice: random.Random) -> None:
    """Rates one interview whose scored items add up to a total."""
    visit = booked(participant, code, by=by)
    typical = (1, 2, 6, 7, 8, 9, 15, 16)
    items = bodies.interview_items(total, scored=20, highest=4, typical=typical, dice=dice)
    ill = {23: dice.choice((1, 2)), 24: 0, 25: 0}
    lock(rating(visit), items | {21: 0, 22: 1} | ill)


def by_raw_items() -> dict[str, tuple[int, bool, bool]]:
    """Returns change, response and remission at week 18 by participant, from the raw rows alone.

    Written from the papers' definitions without a line of the product: the sum of items 1 to 20; a fall of 10 or more;
    11 or less without the diagnosis. The diagnosis: one of 1-5, one of 6-7, two of 8-14, two of 15-20 present at 2 or
    more, longer than a month (item 22), and distress or impairment (one of 23-25 at 2 or more).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.screening_number, v.code, i.item, i.value FROM assessments_itemvalue i"
            " JOIN assessments_assessment a ON a.id = i.assessment_id JOIN patients_visit v ON v.id = a.visit_id"
            " JOIN patients_participant p ON p.id = a.participant_id"
            " WHERE a.instrument = 'CAPS5' AND a.state = 'locked' AND v.code IN ('V3', 'V19')"
        )
        raw: dict[str, dict[str, dict[int, int]]] = {}
        for person, code, item, value in cursor.fetchall():
            raw.setdefault(person, {}).setdefault(code, {})[item] = value
    found = {}
    for person, visits in raw.items():
        first, last = visits["V3"], visits["V19"]
        before, after = (sum(each[n] for n in range(1, 21)) for each in (first, last))
        present = {n for n in range(1, 21) if last[n] >= 2}
        ill = (
            bool(present & set(range(1, 6)))
            and bool(present & {6, 7})
            and len(present & set(range(8, 15))) >= 2
            and len(present & set(range(15, 21))) >= 2
            and last[22] == 1
            and max(last[23], last[24], last[25]) >= 2
        )
        found[person] = (after - before, before - after >= 10, after <= 11 and not ill)
    return found


@pytest.mark.prove
def test_week_18_of_a_simulated_trial_equals_an_independent_script(
    participant: Participant, world: Any, ben: Person, evidence: Any
) -> None:
    people = size(small=3, full=104)
    for number in range(people):
        dice = random.Random(f"week 18 {number}")
        person = consented(world, by=ben, at=AT, name=f"Simulated {number}")
        kind = "experimental" if number % 2 else "placebo_comparator"
        totals = bodies.totals(PROFILE, kind, dice)
        interviewed(person, "V3", totals[0], by=ben, dice=dice)
        interviewed(person, "V19", totals[3], by=ben, dice=dice)

    computed = {}
    for person in Participant.objects.exclude(pk=participant.pk).filter(assessments__isnull=False).distinct():
        course = next(c for c in courses_of(queries.course_rows(person)) if c.instrument == "CAPS5")
        last = course.at_visit("V19")
        assert last is not None and last.change.change is not None
        outcomes = last.change.outcomes
        computed[person.screening_number] = (last.change.change, outcomes["RESPONSE"], outcomes["REMISSION"])

    expected = by_raw_items()
    assert len(computed) == people and computed == expected
    mean = sum(Fraction(change) for change, _, _ in computed.values()) / people
    assert mean == Fraction(sum(change for change, _, _ in expected.values()), people)
    evidence(
        "week18", participants=people, differences=0, mean_change=round(float(mean), 2),
        responders=sum(bool(row[1]) for row in expected.values()), remitters=sum(row[2] for row in expected.values()),
    )  # fmt: skip
    assert Assessment.objects.filter(instrument="CAPS5", state="locked").count() == 2 * people


def test_what_leaves_of_raters_is_a_state_until_it_is_released(assessed: Participant, ben: Person, dev: Person) -> None:
    names = set(queries.open_scores().values_list("assessment__instrument", flat=True))
    assert names == {"BDI2"} and queries.all_assessments().filter(instrument="CAPS5").exists()
    settle_rated_visits(assessed, by=ben)

    released(assessed, by=dev)

    for rows in (queries.open_scores(), queries.open_items()):
        assert {"BDI2", "CAPS5"} <= set(rows.values_list("assessment__instrument", flat=True))
