"""The flows that people do every day, each within its bar; a table of what each costs is printed at the end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.contributions import reading_as
from patients import actions as patients
from patients.models import Participant
from pharmacy.models import Kit
from tests.cast import PASSWORD, World
from tests.journeys.conftest import Desk, Live
from tests.journeys.flows import Flow, Tally, table
from tests.stages import consented, randomised, screened

AT = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)
BEFORE_DOSING = datetime(2026, 2, 25, 9, 0, tzinfo=UTC)
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
    assert "Site to sponsor SAE" in text and "day 0" in text and "WET" in text and "EST" in text


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


def test_what_the_flows_cost(
    tallies: list[Tally], evidence: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n{table(tallies)}")
    evidence("flows", table=table(tallies).splitlines())


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
