"""The cockpit in a browser: how many presses each thing takes, when it is stamped, and how large its targets are."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.contributions import contribution, reading_as
from core.models import Person
from sessions.models import DoseRecord, ObservedEffect, VitalSigns
from tests.cast import PASSWORD, World
from tests.journeys.conftest import Desk, Live, Watch
from tests.sessions.conftest import Day, dosing_day
from trials.models import ProtocolVersion, Site, Trial

At = Callable[[str], Desk]
TABLET, UPRIGHT, TELEPHONE = (1180, 820), (820, 1180), (390, 844)
LEAST_TARGET = 56


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
    """A session one and a half hours after its initial dose."""
    people = world.people
    with reading_as(people["tess"]), contribution(by=people["ben"], reason="Arranged by the test"):
        made = dosing_day(world, by=people["ben"], investigator=people["ada"], pair=("tess", "theo"), handler="phil")
        made.vitals(temperature_c=Decimal("36.8"), minute=-10)
        made.give()
        made.vitals(temperature_c=Decimal("36.9"), minute=88)
    live.hold(made.at + timedelta(minutes=92))
    return made


class Counted:
    """A hand whose presses are counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.presses, self.fields = page, 0, 0

    def press(self, control: Any, *, leaves: bool = False) -> None:
        self.presses += 1
        if leaves:
            with self.page.expect_navigation():
                control.click()
        else:
            control.click()

    def type(self, words: str) -> None:
        self.fields += 1
        self.page.keyboard.type(words)


def opened(desk: Desk, day: Day) -> Any:
    page = desk.open(f"/sessions/{day.session.public_id}/")
    page.locator("main[data-ready]").wait_for()
    return page


def sent(page: Any) -> None:
    """Waits until what was captured on the tablet is in the record."""
    page.locator("form[data-capture]").first.wait_for(state="detached")
    page.locator("[data-sync][data-waiting='0']").wait_for()


def test_set_takes_two_presses_and_its_four_values(live: Live, day: Day, watch: Watch, person_at_work: At) -> None:
    page = opened(person_at_work("tess"), day)
    hand = Counted(page)

    hand.press(page.get_by_role("link", name="Vitals", exact=True))
    for value in ("142", "91", "98", "37.3"):
        hand.type(value)
    hand.press(page.get_by_role("button", name="Save set"))
    sent(page)

    assert (hand.presses, hand.fields) == (2, 4)
    with reading_as(day.first):
        latest = VitalSigns.objects.latest("id")
        assert str(latest) == "142/91, 98, 37.3"
    watch.assert_clean()


def test_observation_takes_two_presses_and_has_the_time_of_the_first(
    live: Live, day: Day, watch: Watch, person_at_work: At
) -> None:
    held_at, began = day.at + timedelta(minutes=92), time.monotonic()
    page = opened(person_at_work("tess"), day)
    hand = Counted(page)

    hand.press(page.get_by_role("link", name="Record what you observed"))
    first_within = timedelta(seconds=time.monotonic() - began)
    live.hold(held_at + first_within + timedelta(minutes=1))
    page.wait_for_timeout(1500)
    hand.press(page.locator("form[data-capture]").get_by_role("button", name="Euphoric mood"))
    sent(page)

    assert hand.presses == 2
    with reading_as(day.first):
        effect = ObservedEffect.objects.get()
        assert held_at <= effect.observed_at <= held_at + first_within
    watch.assert_clean()


def test_supplemental_decision_takes_five_presses_and_one_scan(
    live: Live, day: Day, watch: Watch, person_at_work: At
) -> None:
    page = opened(person_at_work("tess"), day)
    hand = Counted(page)

    hand.press(page.locator(".ck-card").get_by_role("link", name="Give"), leaves=True)
    box = page.locator("form.ck-fields")
    hand.press(box.locator("label", has_text="Yes").first)
    hand.press(box.locator("[name=clinician_contraindication][value=false]"))
    box.locator("[name=kit_number]").focus()
    hand.type(day.kit.number)
    box.locator("[name=second_secret]").focus()
    hand.type(PASSWORD)
    hand.press(page.get_by_role("button", name="Record decision"), leaves=True)

    # The scan, and the one field with which the second therapist confirms.
    assert (hand.presses, hand.fields) == (4, 2)
    with reading_as(day.first):
        assert DoseRecord.objects.get(kind="supplemental").decision == "given"
    watch.assert_clean()


def test_an_alert_stays_while_a_panel_is_open(live: Live, day: Day, watch: Watch, person_at_work: At) -> None:
    page = opened(person_at_work("tess"), day)
    hand = Counted(page)
    hand.press(page.get_by_role("link", name="Vitals", exact=True))
    for value in ("190", "115", "98", "37.3"):
        hand.type(value)
    hand.press(page.get_by_role("button", name="Save set"))
    sent(page)
    alert = page.locator("#alerts .alert").first
    alert.wait_for()

    for panel in ("Vitals", "Note"):
        page.get_by_role("link", name=panel, exact=True).click()
        page.locator(".ck-form").wait_for()
        assert alert.is_visible()
        page.locator("[data-close-panel]").first.click()
    watch.assert_clean()


@pytest.mark.parametrize("theme", ["light", "dim"])
def test_every_target_is_large_and_axe_finds_nothing_grave(
    live: Live, day: Day, watch: Watch, person_at_work: At, theme: str
) -> None:
    desk = person_at_work("tess")
    desk.page.add_init_script(f"localStorage.setItem('vigil-theme', '{theme}')")
    small: dict[str, list[Any]] = {}
    for width, height in (TABLET, UPRIGHT, TELEPHONE):
        desk.page.set_viewport_size({"width": width, "height": height})
        watch.pages.clear()
        page = opened(desk, day)
        for panel in ("", "effect", "distress", "touch"):
            if panel:
                page = desk.open(f"/sessions/{day.session.public_id}/?panel={panel}")
            targets = page.locator("main a.ck-big:visible, main button.ck-big:visible").all()
            boxes = [(target.inner_text(), target.bounding_box()) for target in targets]
            small |= {
                f"{width} {panel} {words}": [box["width"], box["height"]]
                for words, box in boxes
                if box and (box["height"] < LEAST_TARGET or box["width"] < LEAST_TARGET)
            }
        watch.assert_clean()

    assert small == {}
