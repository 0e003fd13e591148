"""The side panel of the matrix: one chosen visit, and the one thing to do next."""

from dataclasses import dataclass
from datetime import date, datetime

from core.clock import local_date
from core.worklist import Window
from patients import queries
from patients.models import Visit, VisitState
from protocol.schedule import window_state

STATES = {
    VisitState.STARTED: ("started", "Started"),
    VisitState.DONE: ("complete", "Done"),
    VisitState.MISSED: ("missed", "Missed"),
    VisitState.CANCELLED: ("notdone", "Cancelled"),
}
WINDOWS = {
    "overdue": ("overdue", "Overdue"),
    "closing": ("closing", "Closing"),
    "open": ("due", "Window open"),
    "not_due": ("notdue", "Not due"),
}
PROCEDURES = {"due": "notdue", "done": "complete", "not_done": "notdone"}


@dataclass(frozen=True)
class ProcedureLine:
    """One procedure of the visit: its shape, its name and whose duty it is."""

    shape: str
    name: str
    duty: str


@dataclass(frozen=True)
class VisitPanel:
    """A visit as the panel tells it: state, what is left of the window, the next step, who does what."""

    visit: Visit
    state: tuple[str, str]
    left: str
    next_step: str
    today: date
    window: Window | None
    procedures: tuple[ProcedureLine, ...]


def panel_of(visit: Visit, *, at: datetime) -> VisitPanel:
    """Returns the panel of a visit."""
    definition = queries.definition_for(visit.participant)
    today = local_date(at, zone=visit.site.zone)
    window = window_state(
        earliest_on=visit.earliest_on,
        latest_on=visit.latest_on,
        today=today,
        closing_days=definition.lateness.window_closing_days,
    )
    rows = dict(visit.procedures.values_list("code", "state"))
    booked_on = local_date(visit.booked_at, zone=visit.site.zone) if visit.booked_at else None
    return VisitPanel(
        visit=visit,
        state=STATES.get(VisitState(visit.state), WINDOWS[window]),
        left=_left(visit, today),
        next_step=_next_step(visit, booked_on=booked_on, today=today),
        today=today,
        window=_drawn(visit, booked_on),
        procedures=tuple(
            ProcedureLine(
                PROCEDURES[rows.get(procedure.code, "due")], procedure.name, definition.duties[procedure.role][0]
            )
            for procedure in queries.procedures_asked(visit, rows)
        ),
    )


def _drawn(visit: Visit, booked_on: date | None) -> Window | None:
    if visit.earliest_on is None or visit.target_on is None or visit.latest_on is None:
        return None
    return Window(visit.earliest_on, visit.target_on, visit.latest_on, booked_on)


def _left(visit: Visit, today: date) -> str:
    if visit.state not in (VisitState.PLANNED, VisitState.BOOKED):
        return ""
    if visit.latest_on is None:
        return "It has no window until the visit before it has taken place."
    days = (visit.latest_on - today).days
    if days < 0:
        return f"The window closed {-days} days ago."
    if visit.earliest_on is not None and visit.earliest_on > today:
        return f"The window opens in {(visit.earliest_on - today).days} days."
    return "The window closes today." if days == 0 else f"{days} days left."


def _next_step(visit: Visit, *, booked_on: date | None, today: date) -> str:
    settled = {
        VisitState.STARTED: "Record what is still due, then finish the visit.",
        VisitState.DONE: "Nothing; the visit is done.",
        VisitState.MISSED: f"Nothing; it was missed: {visit.missed_reason}.",
        VisitState.CANCELLED: f"Nothing; it was cancelled: {visit.missed_reason}.",
    }
    if visit.state in settled:
        return settled[VisitState(visit.state)]
    if visit.latest_on is not None and visit.latest_on < today:
        return "Record when it took place, or why it was missed."
    if booked_on is None:
        return "Book a time inside the window."
    if booked_on > today:
        return "Prepare and confirm the booked time."
    return "Start the visit when the person is here."
