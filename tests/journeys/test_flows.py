"""The flows that people do every day, each within its bar; a table of what each costs is printed at the end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.contributions import contribution, reading_as
from patients import actions as patients
from patients.models import Participant
from pharmacy.models import Kit
from tests.assessments.conftest import consented_participant
from tests.cast import PASSWORD, World
from tests.integration.conftest import DOSED_AT, start_dosing_visit, visit_of
from tests.journeys.conftest import Desk, Live
from tests.journeys.flows import Flow, Hand, Tally, table
from tests.stages import consented, randomised, screened

AT = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)
BEFORE_DOSING = datetime(2026, 2, 25, 9, 0, tzinfo=UTC)
# Asked where the question that opens them was answered with yes.
OPENED_LATER = ("risk_I3", "risk_I4", "risk_I5")
At = Callable[[str], Desk]


@pytest.fixture(scope="module")
def tallies() -> Iterator[list[Tally]]:
    """The flows that were counted so far."""
    yield []


@pytest.fixture
def flow(tallies: list[Tally]) -> Iterator[Flow]:
    """Returns a beginner of flows; at the end of the test each must have kept its bar."""
    begun: list[Tally] = []

    def begin(number: int) -> Tally:
        begun.append(Tally(number))
        return begun[-1]

    yield begin
    tallies += begun
    assert [table([tally]) for tally in begun if not tally.kept] == []


def test_from_screening_to_randomised(live: Live, world: World, person_at_work: At, flow: Flow) -> None:
    live.hold(AT)
    participant = _at_last_screening_visit(world)
    code, seven = participant.screening_number, flow(7)
    ben, ada = seven.at(person_at_work("ben")), seven.at(person_at_work("ada"))

    ben.home()
    ben.tap_row(code, "Judge eligibility")
    ben.tap_button("Judge on today's evidence")
    ada.home()
    ada.tap_row(code, "Eligibility signature")
    ada.enter("password", PASSWORD)
    ada.tap_button("Sign")
    ben.home()
    ben.tap_row(code, "Enrol")
    ben.tap_button("Enrol")
    ben.enter("typed_code", code)
    ben.enter("password", PASSWORD)
    page = ben.tap_button("Randomise")

    assert "Arm is not shown" in page.locator("main").inner_text()


def test_first_notice_of_a_serious_event(live: Live, world: World, person_at_work: At, flow: Flow) -> None:
    live.hold(AT)
    ben = world.people["ben"]
    with reading_as(ben):
        participant = consented(world, by=ben, at=AT, name="Sarah Sample")
    eight = flow(8)
    tess = eight.at(person_at_work("tess"))

    page = tess.home()
    tess.tap(page.get_by_role("navigation").get_by_role("link", name="Safety").first)
    tess.tap(page.locator("main").get_by_role("link", name="Report event"))
    tess.enter("participant", participant.public_id)
    tess.tap_button("Go on")
    tess.enter("term", "Fainted at home")
    for name, value in (("when", "today"), ("ongoing", "no"), ("severity", "severe"),
                        ("seriousness", "hospitalisation"), ("valence", "unwelcome")):  # fmt: skip
        page.locator(f"main [name='{name}'][value='{value}']").check()
    tess.enter("action_taken", "Taken to the ward")
    page = tess.tap_button("Report event")

    text = page.locator("main").inner_text()
    assert "Site to sponsor SAE" in text and "Day 0" in text and "WET" in text and "EST" in text


def test_dispensing_before_a_witness(live: Live, world: World, person_at_work: At, flow: Flow) -> None:
    live.hold(AT)
    ben = world.people["ben"]
    with reading_as(ben):
        given = randomised(world, by=ben, investigator=world.people["ada"], at=AT, name="Olga Sample")
        patients.book_visit(given.visits.get(code="V5"), starts_at=BEFORE_DOSING + timedelta(days=1), by=ben, at=AT)
    live.hold(BEFORE_DOSING)
    nine = flow(9)
    phil = nine.at(person_at_work("phil"))

    phil.home()
    phil.tap_row(given.screening_number, "Dispense")
    with reading_as(world.people["phil"]):
        number = Kit.objects.get(participant=given).number
    phil.enter("kit_number", number)
    phil.enter("witness", str(ben.pk))
    phil.enter("witness_password", PASSWORD)
    page = phil.tap(phil.page.locator("form#dispense button[type=submit]"))

    assert f"Kit {number} dispensed" in page.locator("body").inner_text()


def test_an_integration_note_with_its_safety_part(live: Live, world: World, person_at_work: At, flow: Flow) -> None:
    participant = _dosed(world)
    code, eleven = participant.screening_number, flow(11)
    tess = eleven.at(person_at_work("tess"))
    live.hold(DOSED_AT + timedelta(days=1, hours=2))

    tess.home()
    tess.tap_row(code, "Write the integration note")
    _answer_no(tess, "#risk-form")
    tess.tap_button("Record the answers")
    tess.enter("minutes", "90")
    tess.choose("present", str(world.people["theo"].pk))
    tess.enter("sleep", "Six hours, woke twice from a dream of the sea")
    tess.enter("substances", "None")
    tess.enter("medicines", "None")
    tess.choose("change_kind", "welcome")
    tess.enter("changes_in_feeling", "Calmer with her children; cried easily on the first evening, which she welcomed")
    tess.choose("elements", "ID1", "ID3", "SO1")
    tess.enter("theme_0", "Grief and loss")
    tess.enter("course_0", "new")
    tess.enter("body", "Warmth in the chest, jaw tense at first")
    tess.enter("meaning", "Permission to rest; her father's death spoken of for the first time")
    tess.enter("practices", "Walk each morning\nWrite in the evening")
    tess.tap_button("Save and review")
    tess.enter("password", PASSWORD)
    page = tess.tap_button("Sign the note")

    assert "Signed." in page.locator("body").inner_text()


def test_a_contact_call(live: Live, world: World, person_at_work: At, flow: Flow) -> None:
    participant = _dosed(world)
    code, twelve = participant.screening_number, flow(12)
    tess = twelve.at(person_at_work("tess"))
    live.hold(DOSED_AT + timedelta(days=2, hours=8))

    tess.home()
    tess.tap_row(code, "Phone contact, day 2")
    tess.choose("reached", "yes")
    _answer_no(tess, "#contact-form")
    tess.choose("wellbeing_score", "7")
    tess.enter("wellbeing", "Tired, in good spirits")
    tess.enter("changes_in_feeling", "None")
    tess.enter("medicines", "None")
    page = tess.tap_button("Record the contact")

    assert "Contact recorded" in page.locator("body").inner_text()


def test_what_the_flows_cost(
    tallies: list[Tally], evidence: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n{table(tallies)}")
    evidence("flows", table=table(tallies).splitlines())


def _dosed(world: World) -> Participant:
    """Returns a participant on whose first dosing visit a booked integration session and contact days follow."""
    ben = world.people["ben"]
    with reading_as(ben), contribution(by=ben, reason="Arranged by the test"):
        participant = consented_participant(world, by=ben)
        start_dosing_visit(participant, by=ben, at=DOSED_AT)
        visit = visit_of(participant, "V6")
        patients.book_visit(visit, starts_at=DOSED_AT + timedelta(days=1), by=ben, at=DOSED_AT)
    return participant


def _answer_no(hand: Hand, form: str) -> None:
    """Answers every suicidality question that is asked with no."""
    names = hand.page.locator(form).evaluate("form => [...new Set([...form.elements].map(one => one.name))]")
    for name in names:
        if name == "judged_unsafe" or (name.startswith("risk_") and name not in OPENED_LATER):
            hand.choose(name, "no")


def _at_last_screening_visit(world: World) -> Participant:
    """Returns a participant with every value entered, whose last screening visit has begun."""
    ben = world.people["ben"]
    with reading_as(ben):
        participant = screened(world, by=ben, investigator=world.people["ada"], at=AT, name="Nora Sample")
        *before, last = [participant.visits.get(code=code) for code in ("V0", "V1", "V2", "V3", "V4")]
        for visit in before:
            patients.miss_visit(visit, reason="Arranged by the test", by=ben, at=AT)
        patients.start_visit(last, by=ben, at=AT)
    return participant
