"""Participants by visits: one shape for each cell, and the days where they matter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.clock import local_date
from core.templatetags.vigil import icon, state_colour
from patients.models import Participant, Visit, VisitState
from protocol.definition import ProtocolDefinition
from protocol.schedule import window_state

SHAPES = {"overdue": "overdue", "closing": "closing", "open": "due", "not_due": "notdue"}
WORDS = {"overdue": "overdue", "closing": "closing", "open": "window open", "not_due": "not due"}
DONE = {
    VisitState.DONE: ("complete", "complete"),
    VisitState.STARTED: ("started", "started"),
    VisitState.MISSED: ("missed", "missed"),
    VisitState.CANCELLED: ("notdone", "cancelled"),
}


@dataclass(frozen=True)
class Column:
    """One visit of the protocol as a column."""

    code: str
    short: str
    name: str
    dosing: bool
    begins_epoch: bool


@dataclass(frozen=True)
class Cell:
    """What became of one visit of one participant; `days` is off target, or until the window closes."""

    column: Column
    public_id: str
    shape: str
    label: str
    days: str


@dataclass(frozen=True)
class Row:
    """One participant."""

    participant: Participant
    cells: tuple[Cell, ...]

    def drawn(self, address: str) -> SafeString:
        """Returns its cells as elements of the table, each with a link that adds its visit to the page's address.

        Drawn here and not in the template: a page has more than a thousand cells, and the template language took five
        sixths of the page's time for them.
        """
        return mark_safe("".join(_element(cell, address) for cell in self.cells))


def columns_of(definition: ProtocolDefinition) -> tuple[Column, ...]:
    """Returns the protocol's visits as columns; contacts have a place of their own on the timeline."""
    columns, epoch = [], ""
    for visit in definition.visits:
        columns.append(Column(visit.code, visit.short, visit.name, visit.type == "dosing", visit.epoch != epoch))
        epoch = visit.epoch
    return tuple(columns)


def epochs_of(definition: ProtocolDefinition) -> list[tuple[str, str, int]]:
    """Returns the epochs above the columns: short name, name, and how many columns each spans."""
    names = {epoch.code: (epoch.short, epoch.name) for epoch in definition.epochs}
    spans: dict[str, int] = {}
    for visit in definition.visits:
        spans[visit.epoch] = spans.get(visit.epoch, 0) + 1
    return [(*names.get(code, (code, code)), span) for code, span in spans.items()]


def rows_of(
    participants: Iterable[Participant], visits: Iterable[Visit], definition: ProtocolDefinition, *, at: datetime
) -> list[Row]:
    """Returns a row for each participant with a cell for each column that has a visit."""
    columns, closing_days = columns_of(definition), definition.lateness.window_closing_days
    by_place = {(visit.participant_id, visit.code): visit for visit in visits}
    rows = []
    for participant in participants:
        today = local_date(at, zone=participant.site.zone)
        cells = tuple(
            _cell(by_place.get((participant.pk, c.code)), c, participant, today, closing_days) for c in columns
        )
        rows.append(Row(participant, cells))
    return rows


def _element(cell: Cell, address: str) -> str:
    kinds = f"{'dose' if cell.column.dosing else ''}{' e' if cell.column.begins_epoch else ''}"
    if not cell.public_id:
        return f'<td role="gridcell" class="{kinds}"></td>'
    days = f'<span class="w">{escape(cell.days)}</span>' if cell.days else ""
    return (
        f'<td role="gridcell" class="{kinds}"><a class="cell {state_colour(cell.shape)}" data-cell tabindex="-1"'
        f' href="{escape(address)}&amp;visit={cell.public_id}" hx-boost="true" aria-label="{escape(cell.label)}">'
        f"{icon(cell.shape)}{days}</a></td>"
    )


def _cell(visit: Visit | None, column: Column, participant: Participant, today: date, closing_days: int) -> Cell:
    if visit is None:
        return Cell(column, "", "", "", "")
    done = DONE.get(VisitState(visit.state))
    if done is not None:
        days = _off_target(visit, zone=participant.site.zone)
        return _made(visit, column, participant, done[0], done[1], days)
    state = window_state(
        earliest_on=visit.earliest_on, latest_on=visit.latest_on, today=today, closing_days=closing_days
    )
    left = str((visit.latest_on - today).days) if visit.latest_on and state != "not_due" else ""
    return _made(visit, column, participant, SHAPES[state], WORDS[state], left)


def _made(visit: Visit, column: Column, participant: Participant, shape: str, words: str, days: str) -> Cell:
    counted = f", {days} days" if days else ""
    label = f"{participant.screening_number}, {visit.name}, {words}{counted}"
    return Cell(column, visit.public_id, shape, label, days)


def _off_target(visit: Visit, *, zone: str) -> str:
    if visit.started_at is None or visit.target_on is None:
        return ""
    days = (local_date(visit.started_at, zone=zone) - visit.target_on).days
    return f"{days:+d}" if days else ""
