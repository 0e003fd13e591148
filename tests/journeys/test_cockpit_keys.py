"""A dosing session by the keyboard alone, and what stands in view on a tablet without scrolling."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import pins
from core.contributions import contribution, reading_as
from core.models import Person
from sessions.models import DoseRecord, ObservedEffect, SessionNote, VitalSigns
from tests.cast import World
from tests.journeys.conftest import Desk, Live, Watch
from tests.sessions.conftest import Day, dosing_day
from trials.models import ProtocolVersion, Site, Trial

At = Callable[[str], Desk]
PIN = "271828"
MOST_TABS = 90
TABLETS = pytest.mark.parametrize(
    "size", [pytest.param((1180, 820), id="held across"), pytest.param((820, 1180), id="held upright")]
)


@pytest.fixture
def world(live: Live) -> Iterator[World]:
    """The trial that is served."""
    with reading_as(Person.objects.system("setup")):
        people = {person.username: person for person in Person.objects.filter(is_system=False)}
        sites = {"A": Site.objects.get(code="S01"), "B": Site.objects.get(code="S02")}
        found = World(Trial.objects.get(), ProtocolVersion.objects.get(), sites, people)
    yield found


@pytest.fixture
def day(live: Live, world: World) -> Day:
    """A day on which everything is ready but the set before the dose; the second therapist has a PIN."""
    people = world.people
    with reading_as(people["tess"]), contribution(by=people["ben"], reason="Arranged by the test"):
        made = dosing_day(world, by=people["ben"], investigator=people["ada"], pair=("tess", "theo"), handler="phil")
    with reading_as(people["ben"]):
        pins.set_pin(made.second, pin=PIN, at=made.at)
    live.hold(made.at)
    return made


@pytest.fixture
def dosed(live: Live, world: World, day: Day) -> Day:
    """The same day, while the supplemental dose may be given."""
    people = world.people
    with reading_as(people["tess"]), contribution(by=people["ben"], reason="Arranged by the test"):
        day.vitals(temperature_c=Decimal("36.8"), minute=-10)
        day.give()
        day.vitals(temperature_c=Decimal("36.9"), minute=88)
    live.hold(day.at + timedelta(minutes=92))
    return day


class Keys:
    """Hands that touch nothing but a keyboard."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def reach(self, words: str) -> None:
        """Goes on with Tab until what has the focus says these words, or is the field of this name."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            here = self.page.locator(":focus")
            if not here.count():
                continue
            name = here.get_attribute("name") or ""
            if name == words or words in (here.inner_text() or ""):
                return
        raise AssertionError(f"The keyboard does not reach {words}.")

    def press(self, words: str) -> None:
        """Reaches something and presses Enter on it."""
        self.reach(words)
        self.page.keyboard.press("Enter")

    def follow(self, words: str) -> None:
        """The same, where another page comes."""
        self.reach(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, words: str) -> None:
        """Types into what has the focus."""
        self.page.keyboard.type(words)


def opened(desk: Desk, day: Day) -> Any:
    page = desk.open(f"/sessions/{day.session.public_id}/")
    page.locator("main[data-ready]").wait_for()
    return page


def sent(page: Any) -> None:
    """Waits until what was captured on the tablet is in the record."""
    page.locator("form[data-capture]").first.wait_for(state="detached")
    page.locator("[data-sync][data-waiting='0']").wait_for()


def in_view(page: Any, control: Any) -> bool:
    """Returns whether a control is seen whole, with nothing over its middle."""
    return bool(
        control.evaluate(
            """found => {
                const box = found.getBoundingClientRect();
                const over = document.elementFromPoint(box.left + box.width / 2, box.bottom - 4);
                return box.top >= 0 && box.bottom <= innerHeight && found.contains(over);
            }"""
        )
    )


def test_set_effect_note_and_supplemental_dose_are_recorded_by_keys_alone(
    live: Live, dosed: Day, watch: Watch, person_at_work: At
) -> None:
    page = opened(person_at_work("tess"), dosed)
    keys = Keys(page)

    keys.press("Vitals")
    for value in ("142", "91", "98", "37.3"):
        keys.type(value)
    keys.press("Save set")
    sent(page)
    keys.press("Record what")
    keys.press("Euphoric mood")
    sent(page)
    keys.press("Note")
    keys.type("Eyes closed, breathing calmly.")
    keys.press("Save note")
    sent(page)
    keys.follow("Give")
    keys.reach("participant_agrees")
    page.keyboard.press("Space")
    keys.reach("clinician_contraindication")
    page.keyboard.press("ArrowDown")
    keys.reach("kit_number")
    keys.type(dosed.kit.number)
    keys.reach("second_secret")
    keys.type(PIN)
    keys.follow("Record decision")

    with reading_as(dosed.first):
        assert str(VitalSigns.objects.latest("id")) == "142/91, 98, 37.3"
        assert ObservedEffect.objects.get().term == "Euphoric mood"
        assert SessionNote.objects.get().text == "Eyes closed, breathing calmly."
        given = DoseRecord.objects.get(kind="supplemental")
        assert (given.decision, given.second_person) == ("given", dosed.second)
    watch.assert_clean()


@TABLETS
def test_what_refuses_the_dose_stands_in_view_beside_the_set_that_is_missing(
    live: Live, day: Day, person_at_work: At, size: tuple[int, int]
) -> None:
    desk = person_at_work("tess")
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})

    page = opened(desk, day)

    assert in_view(page, page.locator(".ck-gate li", has_text="PD5").first)
    assert in_view(page, page.get_by_role("link", name="Vitals", exact=True))


@TABLETS
@pytest.mark.parametrize("panel", ["touch", "recording", "enquiry", "discharge", "supplemental&decision=given"])
def test_button_that_records_is_in_view_however_long_its_panel(
    live: Live, dosed: Day, person_at_work: At, size: tuple[int, int], panel: str
) -> None:
    desk = person_at_work("tess")
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})

    page = desk.open(f"/sessions/{dosed.session.public_id}/?panel={panel}")

    assert in_view(page, page.locator(".ck-fields > .ck-three button"))
