"""Paper for the day on which nothing works: the flow sheet of a session, and the blank pack of its forms.

Both come from the participant's protocol version, as the pages do; neither names an amount, an arm or what a kit holds.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.documents import Code, Grid, Heading, Limit, Part, Rows, SignatureLines, Text, pdf
from patients.queries import definition_for, procedures_asked
from protocol.definition import ProtocolDefinition
from protocol.vital_signs import ACT, limit_lines
from sessions.models import RecordingMark, TouchEvent

if TYPE_CHECKING:
    from patients.models import Visit

BOX = "☐"
BLANK_EVENTS, BLANK_PEOPLE = 14, 5
SIGNS = {"sbp": "SBP", "dbp": "DBP", "hr": "HR", "temp_c": "Temp"}


def flow_sheet(visit: "Visit", *, address: str, printed_by: str, at: datetime) -> bytes:
    """Returns the sheet on which a whole session is written by hand, with the limits drawn."""
    definition = definition_for(visit.participant)
    parts: list[Part] = [
        *_head(definition, visit, address, "The cockpit of this session opens here, after signing in."),
        Heading("Before the dose"),
        Rows(
            ("", "Line", "Yes", "No", "Time, initials"),
            [
                ("●" if item.hard else "", f"{item.code} {item.text}", BOX, BOX, "")
                for item in definition.conduct.checklist
            ],
            (0.3, 5, 0.6, 0.6, 1.6),
        ),
        Rows(
            ("Dose", "Bottle", "Time", "Given", "Withheld", "Declined", "Reason", "Two initials"),
            [(dose.label, dose.bottle, "", BOX, BOX, BOX, "", "") for dose in definition.dose_labels.values()],
            (2, 0.9, 1, 0.8, 1.1, 1.1, 2.2, 1.4),
        ),
        Text(_window(definition)),
        Heading("Pressure and pulse"),
        Grid(40, 240, 20, _columns(definition), _limits(definition), 78),
        Rows(
            ("T+", "Clock", "SBP", "DBP", "HR", "Temp", "SUDS", "Seen, note", "Initials"),
            [(_point(point.minute), "", "", "", "", "", "", "", "") for point in definition.vital_points],
            (0.9, 1, 0.8, 0.8, 0.8, 0.8, 0.8, 3.4, 1),
        ),
        Heading("Supplemental dose: every reason to withhold"),
        Rows(
            ("Rule", "Withhold if", "True", "Not true"),
            [(rule.code, rule.text, BOX, BOX) for rule in definition.withhold_supplemental_if],
            (0.8, 5, 0.8, 0.9),
        ),
        Heading("Observed, welcome or not"),
        Text("Write down everything that was seen or told, at once, with its time. Nothing is good or bad."),
        Rows(
            ("Clock", "What", "Welcome", "Neither", "Unwelcome", "How strong", "Initials"),
            [("", "", BOX, BOX, BOX, "", "")] * BLANK_EVENTS,
            (1, 4, 1, 1, 1.2, 1.2, 1),
        ),
        Heading("In the room"),
        Rows(("Who", "Came", "Left", "Came", "Left"), [("",) * 5] * BLANK_PEOPLE, (3, 1, 1, 1, 1)),
        Heading("Discharge"),
        Rows(
            ("Rule", "Criterion", "Met", "Not met"),
            [(rule.code, rule.text, BOX, BOX) for rule in definition.discharge_criteria],
            (0.8, 5, 0.8, 0.9),
        ),
        SignatureLines(["First therapist", "Second therapist"]),
    ]
    return pdf(_title("Flow sheet", visit), parts=parts, printed_by=printed_by, at=at, zone=visit.site.zone)


def crf_pack(visit: "Visit", *, address: str, printed_by: str, at: datetime) -> bytes:
    """Returns the blank forms of a visit: every procedure with its variables, what is asked only sometimes too."""
    definition = definition_for(visit.participant)
    parts: list[Part] = [*_head(definition, visit, address, "The visit is entered here, after signing in.")]
    for procedure in procedures_asked(visit, visit.procedures.values_list("code", flat=True)):
        parts.append(Heading(f"{procedure.code}  {procedure.name}"))
        variables = definition.variables_from(procedure.code, visit_code=visit.code)
        if variables:
            rows = [(v.name.replace("_", " "), _answers(v.values, v.type), v.unit, v.note) for v in variables]
            parts.append(Rows(("What", "Answer", "Unit", "Note"), rows, (2.4, 3, 0.8, 2.6)))
        else:
            parts.append(Text(f"{BOX} Done   {BOX} Not done, because:"))
    if definition.visits_by_code[visit.code].dosing_session is not None:
        parts += _ledgers(definition)
    parts.append(SignatureLines(["Who wrote this", "Who checked it"]))
    return pdf(_title("Forms", visit), parts=parts, printed_by=printed_by, at=at, zone=visit.site.zone)


def _ledgers(definition: ProtocolDefinition) -> list[Part]:
    asked = [effect.term for effect in definition.effects if effect.abuse_related]
    minutes = [_point(minute) for minute in definition.conduct.enquiry.minutes]
    return [
        Heading("Effects asked one by one"),
        Rows(
            ("Effect", *minutes),
            [(term, *([f"{BOX} yes {BOX} no"] * len(minutes))) for term in asked],
            (2, *([1.2] * len(minutes))),
        ),
        Heading("Touch"),
        Rows(
            ("Clock", "Kind", *(words for _, words in TouchEvent.RESPONSES), "Stop word"),
            [("", words, BOX, BOX, BOX, BOX) for words in definition.conduct.touch.values()],
            (1, 3, 1, 1, 1, 1),
        ),
        Heading("Setting"),
        Rows(("Clock", "What", "Note"), [("", words, "") for words in definition.conduct.setting.values()], (1, 3, 4)),
        Heading("Recording"),
        Rows(("Clock", "Time code", "What"), [("", "", words) for _, words in RecordingMark.KINDS], (1, 1, 5)),
    ]


def _head(definition: ProtocolDefinition, visit: "Visit", address: str, leads_to: str) -> list[Part]:
    booked = visit.booked_at.astimezone(ZoneInfo(visit.site.zone)) if visit.booked_at else None
    day = f"{booked:%-d %b %Y}" if booked else "Date: ____________"
    text = (
        f"{visit.participant.screening_number}   {visit.code} {visit.name}   {day}\n"
        f"Protocol {definition.code}, version {definition.version}   Site {visit.site.code}\n"
        f"{leads_to} What is written here is entered as soon as it works again; the sheet is scanned and kept."
    )
    return [Code(address, text)]


def _title(what: str, visit: "Visit") -> str:
    return f"{what} {visit.participant.screening_number} {visit.code}"


def _window(definition: ProtocolDefinition) -> str:
    window, label = definition.supplemental_window, definition.dose_labels["supplemental"]
    return (
        f"{label.label}: from T+ {_hours(window.earliest)} to T+ {_hours(window.latest)}. "
        f"Stays until T+ {_hours(definition.discharge_earliest_min)} at the earliest. "
        f"Call at once: {definition.emergency_when.action or definition.emergency_when.text}."
    )


def _columns(definition: ProtocolDefinition) -> Sequence[str]:
    last = max(point.minute for point in definition.vital_points)
    return [_hours(minute) for minute in range(-30, last + 31, 30)]


def _limits(definition: ProtocolDefinition) -> list[Limit]:
    found: dict[tuple[float, str], list[str]] = {}
    for line in limit_lines(definition):
        if line.variable in SIGNS and line.variable != "temp_c":
            found.setdefault((float(line.limit), line.severity), []).append(SIGNS[line.variable])
    return [
        Limit(value, f"{'/'.join(dict.fromkeys(names))} {value:g} {severity}", severity == ACT)
        for (value, severity), names in found.items()
    ]


def _answers(values: Sequence[str], kind: str) -> str:
    if kind == "bool":
        return f"{BOX} yes   {BOX} no"
    if values:
        return "   ".join(f"{BOX} {value.replace('_', ' ')}" for value in values)
    return "____________"


def _point(minute: int) -> str:
    return f"T+ {_hours(minute)}" if minute >= 0 else f"T- {_hours(-minute)}"


def _hours(minute: int) -> str:
    sign = "-" if minute < 0 else ""
    return f"{sign}{abs(minute) // 60}:{abs(minute) % 60:02d}"
