"""Counts what a flow asks of its people, in the browser, as it happens: activations, fields, characters and pages.

The counting rule is the design's: an activation is a click, a tap, or an Enter that commits, from the role's home page
with a live session; a field is one that is typed or chosen, once on a page; a scan is one field.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Frame, Locator, Page

from tests.journeys.conftest import Desk

# How long each takes a practised person, in seconds.
OF_AN_ACTIVATION, OF_A_FIELD, OF_A_CHARACTER = 1.1, 1.4, 0.28
HEADINGS = ("flow", "people", "activations", "fields", "characters", "pages", "seconds", "bar")
COUNTS = """
(() => {
  const controls = "a[href], button, summary, [role=button], input[type=submit]";
  const fields = "input:not([type=submit], [type=hidden]), select, textarea";
  const tell = (kind, name) => window.vigilCounts(kind, name);
  const reached = (event, kinds) => event.target instanceof Element && event.target.closest(kinds);
  const words = (element) => element.innerText.trim().slice(0, 40);
  addEventListener("pointerdown", (event) => {
    const control = event.isTrusted && reached(event, controls);
    if (control) tell("activation", words(control));
  }, true);
  addEventListener("keydown", (event) => {
    if (!event.isTrusted || event.ctrlKey || event.metaKey) return;
    const control = reached(event, controls), box = reached(event, fields);
    if (control && ["Enter", " "].includes(event.key)) tell("activation", words(control));
    else if (box && event.key === "Enter" && box.tagName !== "TEXTAREA") tell("activation", "Enter");
    else if (box && event.key.length === 1) tell("character", "");
  }, true);
  for (const kind of ["input", "change"]) addEventListener(kind, (event) => {
    const box = reached(event, fields);
    if (box) tell("field", box.name || box.id);
  }, true);
})();
"""


@dataclass(frozen=True)
class Bar:
    """What a flow may cost at most: activations and fields, or the seconds of a practised hand."""

    name: str
    activations: int | None = None
    fields: int | None = None
    seconds: float | None = None

    @property
    def words(self) -> str:
        """Returns the bar as it stands in the table."""
        return f"{self.seconds:.0f} s" if self.seconds is not None else f"{self.activations} / {self.fields}"


# Flows whose bar is kept by a test; the numbers are those of the design's table.
BARS = {
    7: Bar("Screen, eligible, randomised", activations=9, fields=3),
    8: Bar("First notice of a serious event", activations=4, fields=8),
    9: Bar("Dispense a kit before a witness", activations=3, fields=3),
    11: Bar("Integration note with its safety part", seconds=240),
    12: Bar("Contact call, reached", seconds=60),
}


@dataclass
class Tally:
    """What one flow has cost so far."""

    number: int
    activations: list[str] = field(default_factory=list)
    fields: set[tuple[int, str]] = field(default_factory=set)
    characters: int = 0
    pages: int = 0
    hands: dict[str, "Hand"] = field(default_factory=dict)

    @property
    def bar(self) -> Bar:
        """Returns what the flow may cost."""
        return BARS[self.number]

    @property
    def kept(self) -> bool:
        """Returns whether the flow costs no more than it may."""
        spent = ((len(self.activations), self.bar.activations), (len(self.fields), self.bar.fields))
        return all(most is None or cost <= most for cost, most in (*spent, (self.seconds, self.bar.seconds)))

    @property
    def seconds(self) -> float:
        """Returns how long a practised person's hands are busy."""
        by_hand = OF_AN_ACTIVATION * len(self.activations) + OF_A_FIELD * len(self.fields)
        return round(by_hand + OF_A_CHARACTER * self.characters, 1)

    @property
    def row(self) -> tuple[object, ...]:
        """Returns the flow's line of the table."""
        return (
            f"{self.number} {self.bar.name}", len(self.hands), len(self.activations), len(self.fields), self.characters,
            self.pages, self.seconds, self.bar.words,
        )  # fmt: skip

    def at(self, desk: Desk) -> "Hand":
        """Returns the hand of a person who takes part; it starts from the home page, which costs nothing."""
        if desk.username not in self.hands:
            self.hands[desk.username] = Hand(desk, self)
        return self.hands[desk.username]

    def count(self, kind: str, name: str) -> None:
        """Counts one thing that a person did."""
        if kind == "activation":
            self.activations.append(name)
        elif kind == "field":
            self.fields.add((self.pages, name))
        else:
            self.characters += 1

    def turn(self, frame: Frame, page: Page) -> None:
        """Counts a page that came up."""
        self.pages += frame == page.main_frame


class Hand:
    """One person's hand on mouse and keyboard; whatever it does is counted by the page itself."""

    def __init__(self, desk: Desk, tally: Tally) -> None:
        self.desk, self.page = desk, desk.page
        context = self.page.context
        context.expose_binding("vigilCounts", lambda source, kind, name: self._count(kind, name))
        context.add_init_script(COUNTS)
        self._tally, self._at_work = tally, False
        self.page.on("framenavigated", lambda frame: self._at_work and tally.turn(frame, self.page))

    def home(self) -> Page:
        """Opens the role's home page, signing in where that is asked; from there on the flow is counted."""
        self._at_work = False
        page = self.desk.open("/")
        self._at_work = True
        return page

    def _count(self, kind: str, name: str) -> None:
        if self._at_work:
            self._tally.count(kind, name)

    def tap_row(self, subject: str, task: str) -> Page:
        """Taps the action of a line of the worklist."""
        return self.tap(self.page.locator("main").get_by_role("link", name=f"{subject}, {task}", exact=False).first)

    def tap(self, control: Locator) -> Page:
        """Taps a link or button and waits for the page that follows."""
        return self.desk._follow(control)

    def tap_button(self, name: str) -> Page:
        """Taps a button of the page by its words."""
        return self.tap(self.page.locator("main").get_by_role("button", name=name).first)

    def choose(self, name: str, *values: str) -> None:
        """Taps answers or boxes of a group by their values."""
        for value in values:
            box = self.page.locator(f"main [name='{name}'][value='{value}']").first
            if not box.is_checked():
                box.press("Space")

    def enter(self, name: str, value: str) -> None:
        """Types into a field with the keyboard, or chooses in it."""
        box = self.page.locator(f"main [name='{name}']").first
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
            return
        box.focus()
        self.page.keyboard.type(value)


def table(tallies: list[Tally]) -> str:
    """Returns the flows as a table of text."""
    rows: list[tuple[Any, ...]] = [HEADINGS, *(tally.row for tally in sorted(tallies, key=lambda each: each.number))]
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(HEADINGS))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


Flow = Callable[[int], Tally]
