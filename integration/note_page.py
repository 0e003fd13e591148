"""What the pages of a note show: its three answers, its sections for reading, two versions side by side."""

from typing import TYPE_CHECKING

from core.clock import local_date
from core.templatetags.vigil import moment, weekday
from integration.actions import NoteFields
from integration.forms import CHANGE_QUESTION
from integration.models import IntegrationNote, RiskScreen
from integration.queries import NoteStanding, next_session
from protocol.aftercare import IntegrationTherapy

if TYPE_CHECKING:
    from patients.models import Visit

Answer = tuple[str, object, str]
LABELS = {
    "sleep": "Sleep since the last visit",
    "substances": "Substance use",
    "medicines": "Medicines begun, changed or stopped",
    "changes_in_feeling": "What changed",
    "body": "Body",
    "relationships": "Relationships",
    "meaning": "Meaning",
    "practices": "Practices agreed",
    "free_text": "Psychotherapy note",
}
SAFETY = ("sleep", "substances", "medicines", "changes_in_feeling")
SESSION = ("body", "relationships", "meaning", "practices")


def note_answers(
    visit: "Visit",
    note: IntegrationNote | None,
    earlier: IntegrationNote | None,
    screen: RiskScreen | None,
    *,
    rules: list[str],
) -> list[Answer]:
    """Returns the answers at the top: what comes next, which themes moved, whether there is a safety signal."""
    return [_next_answer(visit, earlier), _theme_answer(note, earlier), risk_answer(screen, rules)]


def risk_answer(screen: RiskScreen | None, rules: list[str]) -> Answer:
    """Returns whether the answers are positive by the protocol's rules, and what was said."""
    if screen is None:
        return ("Safety", "Not asked yet", "suicidality")
    told = [f"ideation {screen.ideation_level}"] if screen.ideation_level else []
    told += [f"{screen.behaviour_count} behaviour"] if screen.behaviour_count else []
    told += ["self-injury"] if screen.self_injury else []
    told += ["judged unsafe"] if screen.judged_unsafe else []
    said = ", ".join(told) or "every answer no"
    return ("Safety", "Positive", f"{', '.join(rules)}: {said}") if rules else ("Safety", "Not positive", said)


def note_sections(
    note: IntegrationNote, standing: NoteStanding, *, therapy: IntegrationTherapy, zone: str
) -> list[tuple[str, list[tuple[str, object]]]]:
    """Returns the note for reading, in the order in which it is written."""
    return [
        (
            "Session",
            [
                ("Held at", moment(note.held_at, zone)),
                ("Length", f"{note.minutes} min" if note.minutes else ""),
                ("Place", note.get_place_display()),
                ("Therapists present", ", ".join(person.display_name for person in standing.present)),
                ("Participant", note.get_attendance_display()),
                *_company(note, therapy),
            ],
        ),
        (
            "Safety",
            [
                *((LABELS[name], getattr(note, name)) for name in SAFETY[:3]),
                (CHANGE_QUESTION, note.get_change_kind_display()),
                (LABELS["changes_in_feeling"], note.changes_in_feeling),
            ],
        ),
        ("Elements of therapy", _elements(note, therapy)),
        ("What became of the practices", _practices(note.practice_outcomes, therapy)),
        ("Themes", [(theme["name"], theme["course"].capitalize()) for theme in note.themes]),
        ("What was worked on", [(LABELS[name], getattr(note, name)) for name in SESSION]),
    ]


def _company(note: IntegrationNote, therapy: IntegrationTherapy) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    if note.companions:
        rows.append(("Came along", ", ".join(therapy.companions.get(code, code) for code in note.companions)))
    if note.group_size:
        rows.append(("Group", f"{note.group_size} participants"))
    return rows


def _elements(note: IntegrationNote, therapy: IntegrationTherapy) -> list[tuple[str, object]]:
    used = set(note.elements)
    by_approach = [(each.name, [one.text for one in each.elements if one.code in used]) for each in therapy.approaches]
    return [(name, "; ".join(texts)) for name, texts in by_approach if texts]


def _practices(told: list[dict[str, str]], therapy: IntegrationTherapy) -> list[tuple[str, object]]:
    return [(each["practice"], therapy.practice_outcomes.get(each["outcome"], each["outcome"])) for each in told]


def compared_rows(theirs: IntegrationNote, yours: NoteFields, *, zone: str) -> list[tuple[str, object, object]]:
    """Returns what stands now beside what was typed, field by field."""
    present = set(theirs.attendances.filter(present=True).values_list("person_id", flat=True))
    rows: list[tuple[str, object, object]] = [
        ("Held at", moment(theirs.held_at, zone), moment(yours.held_at, zone)),
        ("Length", theirs.minutes, yours.minutes),
        ("Place", theirs.place, yours.place),
        ("Therapists present", len(present), len(yours.present)),
        ("Participant", theirs.attendance, yours.attendance),
        ("Elements of therapy", ", ".join(theirs.elements), ", ".join(yours.elements)),
        ("A change was mentioned", theirs.change_kind, yours.change_kind),
        ("Themes", _themes_in_words(theirs.themes), _themes_in_words([vars(theme) for theme in yours.themes])),
    ]
    return rows + [(label, getattr(theirs, name), getattr(yours, name)) for name, label in LABELS.items()]


def _next_answer(visit: "Visit", earlier: IntegrationNote | None) -> Answer:
    following = next_session(visit)
    when = "None planned"
    if following is not None:
        day = local_date(following.booked_at, zone=visit.site.zone) if following.booked_at else following.target_on
        when = weekday(day)
    promised = earlier.agreed_practices[0][:60] if earlier and earlier.agreed_practices else ""
    booked = "" if following is None or following.booked_at else "not booked"
    return ("Next session", when, "; ".join(part for part in (booked, promised and f"agreed: {promised}") if part))


def _theme_answer(note: IntegrationNote | None, earlier: IntegrationNote | None) -> Answer:
    if note is None or not note.themes:
        return ("Themes", "None yet", f"{len(earlier.themes)} last time" if earlier else "first note")
    counts = [(sum(t["course"] == course for t in note.themes), course) for course in ("new", "returning", "eased")]
    words = ", ".join(f"{count} {course}" for count, course in counts if count)
    return ("Themes", len(note.themes), words)


def _themes_in_words(themes: list[dict[str, str]]) -> str:
    return ", ".join(f"{theme['name']} ({theme['course']})" for theme in themes)
