"""A report of the monitoring board on paper: the tables, and the figures as the page shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.documents import Figure, Heading, Label, Mark, Part, Rows, Stroke, Text
from pharmacy import board_drawings
from pharmacy.board_drawings import CURVE_LEFT, CURVE_WIDTH

DOTS_WIDTH, CURVES_SIZE, PRESSURES_SIZE = 860, (640, 220), (300, 264)
LONGEST_TERM = 28
SHAPES = {"round": "a disc", "square": "a square"}


def board_parts(found: Mapping[str, Any], *, about: str) -> list[Part]:
    """Returns the parts of a report, by the arms in it; `about` says of which data it is."""
    arms = found["arms"]
    widths = (3, *(1.2 for _ in arms))
    apart = [f"{arms[0]} minus {arms[1]}, 95 % interval"] if len(arms) == 2 else []
    return [
        Text(about),
        Heading("Exposure and conduct"),
        Rows(["", *arms], _texts(found["exposure"]), widths),
        Heading("Adverse events, participants"),
        Rows(["", *arms], _texts(found["overview"]), widths),
        *_dots(found),
        *_systems(found, widths),
        Heading("Terms by system organ class, participants and (events)"),
        Rows(
            ["Term", *arms, *apart],
            _terms(found, two=bool(apart)) or [["None", *("" for _ in (*arms, *apart))]],
            (*widths, 2) if apart else widths,
        ),
        *_curves(found),
        *_pressures(found),
        Heading("Suicidal ideation, before the first dose and worst after it"),
        Rows(["Before", "Worst after", *arms], _texts(found["shift_ideation"]), (1, 1, *(1 for _ in arms))),
    ]


def apart_in_words(difference: list[float] | None) -> str:
    """Returns a difference of two shares with its interval, as page and paper show it."""
    if not difference:
        return ""
    middle, low, high = difference
    return f"{middle:+.1%} ({low:+.1%} to {high:+.1%})"


def _dots(found: Mapping[str, Any]) -> list[Part]:
    drawn = board_drawings.dots(found)
    if not drawn["rows"]:
        return []
    scale = [*drawn["shares"], *drawn["differences"]]
    rows = drawn["rows"]
    apart = [(row.y, row.difference) for row in rows if row.difference]
    figure = Figure(
        width=DOTS_WIDTH,
        height=drawn["height"],
        strokes=[
            *(Stroke([(x, 10), (x, drawn["base"])], faint=True) for x, _ in scale),
            *(Stroke([(low, y), (high, y)]) for y, (_, low, high) in apart),
        ],
        marks=[
            *(Mark(shape, x, row.y) for row in rows for shape, x in row.marks),
            *(Mark("ring", middle, y) for y, (middle, _, _) in apart),
        ],
        labels=[
            *(Label(x, drawn["scale_y"], words) for x, words in scale),
            *(Label(190, row.y, row.term[:LONGEST_TERM], "end") for row in rows),
        ],
    )
    legend = ", ".join(f"{arm} {SHAPES[shape]}" for arm, shape in drawn["legend"])
    note = f"Share of participants: {legend}."
    if apart:
        note += " To the right: the difference of risk with its 95 % interval, after Newcombe."
    return [Heading("Commonest terms"), figure, Text(note)]


def _curves(found: Mapping[str, Any]) -> list[Part]:
    drawn, right = board_drawings.curves(found), CURVE_LEFT + CURVE_WIDTH
    width, height = CURVES_SIZE
    figure = Figure(
        width=width,
        height=height,
        strokes=[
            *(Stroke([(CURVE_LEFT, y), (right, y)], faint=True) for y, _ in drawn["scale"]),
            Stroke([(CURVE_LEFT, drawn["base"]), (right, drawn["base"])]),
            *(Stroke(line.points, dashed=line.dashed) for line in drawn["lines"]),
        ],
        marks=[],
        labels=[
            *(Label(CURVE_LEFT - 6, y, words, "end") for y, words in drawn["scale"]),
            *(Label(x, height - 12, words) for x, words in drawn["days"]),
        ],
        share=0.8,
    )
    arms = ", ".join(f"{line.arm} {'dashed' if line.dashed else 'drawn through'}" for line in drawn["lines"])
    note = f"Share without an event by the day after the first dose, after Kaplan and Meier: {arms}."
    return [Heading("Time to the first event"), figure, Text(note)]


def _pressures(found: Mapping[str, Any]) -> list[Part]:
    drawn = board_drawings.pressures(found)
    heading = Heading("Systolic pressure, before the first dose and highest after it")
    if not drawn["marks"]:
        return [heading, Text("No pair of values is on record.")]
    width, height = PRESSURES_SIZE
    left, bottom, right, top = drawn["equal"]
    figure = Figure(
        width=width,
        height=height,
        strokes=[
            *(Stroke([(x, top), (x, bottom)], faint=True) for x, _ in drawn["across"]),
            *(Stroke([(left, y), (right, y)], faint=True) for y, _ in drawn["up"]),
            Stroke([(left, bottom), (right, top)]),
        ],
        marks=[Mark(shape, x, y) for shape, x, y in drawn["marks"]],
        labels=[
            *(Label(x, height - 14, str(value)) for x, value in drawn["across"]),
            *(Label(left - 6, y, str(value), "end") for y, value in drawn["up"]),
        ],
        share=0.45,
    )
    return [heading, figure, Text("Across: before the first dose. Up: the highest after it. Both in mmHg.")]


def _texts(rows: list[list[Any]]) -> list[list[str]]:
    return [[str(value) for value in row] for row in rows]


def _systems(found: Mapping[str, Any], widths: Sequence[float]) -> list[Part]:
    """Returns the classes with the participants in whom any of their terms occurred; reports from before have none."""
    rows = found.get("systems")
    if not rows:
        return []
    return [Heading("System organ classes, participants"), Rows(["", *found["arms"]], _texts(rows), widths)]


def _terms(found: Mapping[str, Any], *, two: bool) -> list[list[str]]:
    return [
        line
        for system, rows in by_system(found)
        for line in (*([[system.upper(), *("" for _ in _term(rows[0], two=two)[1:])]] if system else []),
                     *(_term(row, two=two) for row in rows))
    ]  # fmt: skip


def by_system(found: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Returns the terms under their classes, in the order of the classes; all under none in reports from before."""
    groups: dict[str, list[Mapping[str, Any]]] = {row[0]: [] for row in found.get("systems") or ()}
    for row in found["terms"]:
        groups.setdefault(row.get("system", ""), []).append(row)
    return [(system, rows) for system, rows in groups.items() if rows]


def _term(row: Mapping[str, Any], *, two: bool) -> list[str]:
    cells = [f"{share} ({number})" for share, number in zip(row["shares"], row["events"], strict=True)]
    return [row["term"], *cells, *([apart_in_words(row["difference"])] if two else [])]
