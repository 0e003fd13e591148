"""The texts of every message, as versioned data; a changed text is another version, and the old one stays.

Outside the sign-in a message says as little as it can: a first name to a participant, a time, the study's alias. Which
words it may never hold is the protocol's list (`message_rules`), and reminders/content.py holds every text to it.
"""

from dataclasses import dataclass

PARTICIPANT, STAFF, RATER = "participant", "staff", "rater"
DEFAULT_LANGUAGE = "en"
APPOINTMENT, CANCELLATION = "appointment", "cancellation"


@dataclass(frozen=True)
class MessageTemplate:
    """One version of one text in one language.

    `urgent` messages leave in quiet hours too. The send time of messages to raters is spread, so that it tells nothing
    of the schedule. What is not `listed` no site reads in its list of messages: that it was sent would tell something.
    `entry` says whether an entry for the participant's calendar goes along, or takes back the one that they have.
    """

    code: str
    label: str
    audience: str
    subject: str
    body: str
    version: int = 1
    language: str = DEFAULT_LANGUAGE
    urgent: bool = False
    listed: bool = True
    entry: str = ""


class UnknownTemplate(LookupError):
    """No text is kept under this name."""


STOP = (
    "To stop these messages, answer this mail with STOP or tell the study team. "
    "It changes nothing about your place in the study."
)
SIGNED_PARTICIPANT = f"Your study team\n{{alias}}\n\n{STOP}\n"
SIGNED_STAFF = "Sign in to see it: {link}\n\nVigil, for {alias}\n"

TEMPLATES: tuple[MessageTemplate, ...] = (
    MessageTemplate(
        "visit_coming_week",
        "Appointment in a week",
        PARTICIPANT,
        "Appointment reminder",
        "Dear {first_name},\n\nYour appointment is on {day} at {time} ({zone}).\n"
        "If the time no longer suits you, please call the study team.\n\n" + SIGNED_PARTICIPANT,
        entry=APPOINTMENT,
    ),
    MessageTemplate(
        "visit_coming",
        "Appointment soon",
        PARTICIPANT,
        "Appointment reminder",
        "Dear {first_name},\n\nWe look forward to seeing you on {day} at {time} ({zone}).\n"
        "If you cannot come, please call the study team as soon as you can.\n\n" + SIGNED_PARTICIPANT,
        entry=APPOINTMENT,
    ),
    MessageTemplate(
        "appointment_moved",
        "Appointment moved",
        PARTICIPANT,
        "Your appointment has moved",
        "Dear {first_name},\n\nYour appointment is now on {day} at {time} ({zone}).\n"
        "The calendar entry that comes with this mail replaces the one you have.\n"
        "If the time does not suit you, please call the study team.\n\n" + SIGNED_PARTICIPANT,
        entry=APPOINTMENT,
    ),
    MessageTemplate(
        "appointment_cancelled",
        "Appointment cancelled",
        PARTICIPANT,
        "Your appointment will not take place",
        "Dear {first_name},\n\nYour appointment on {day} at {time} ({zone}) will not take place.\n"
        "This mail takes it out of your calendar. If you have a question, please call the study team.\n\n"
        + SIGNED_PARTICIPANT,
        entry=CANCELLATION,
    ),
    MessageTemplate(
        "preparation_sheet",
        "Preparation sheet ready",
        PARTICIPANT,
        "Your preparation sheet is ready",
        "Dear {first_name},\n\nYour preparation sheet for {day} is ready. "
        "Please read the copy that the study team gave you, or ask for it by phone.\n\n" + SIGNED_PARTICIPANT,
    ),
    MessageTemplate(
        "questionnaire_due",
        "Form to fill in",
        PARTICIPANT,
        "A form is waiting",
        "Dear {first_name},\n\nAt your appointment on {day} we will ask you to fill in a form. "
        "Please plan a few quiet minutes for it.\n\n" + SIGNED_PARTICIPANT,
    ),
    MessageTemplate(
        "own_pages",
        "Link to the own pages",
        PARTICIPANT,
        "Your pages",
        "Dear {first_name},\n\nYour pages open once with this link and the code on your card:\n{own_link}\n"
        "The link ends after a week. Please do not pass it on.\n\n" + SIGNED_PARTICIPANT,
    ),
    MessageTemplate(
        "own_pages",
        "Link to the own pages",
        PARTICIPANT,
        "Ihre Seiten",
        "Guten Tag {first_name},\n\nIhre Seiten öffnen sich einmal mit diesem Link und dem Code auf Ihrer Karte:\n"
        "{own_link}\nDer Link gilt eine Woche. Bitte geben Sie ihn nicht weiter.\n\nIhr Studienteam\n{alias}\n\n"
        "Wenn Sie keine Nachrichten mehr möchten, antworten Sie mit STOP oder sagen Sie es dem Studienteam. "
        "An Ihrem Platz in der Studie ändert das nichts.\n",
        language="de",
    ),
    MessageTemplate(
        "window_closing",
        "Window closing",
        STAFF,
        "A task is waiting",
        "Hello,\n\nThe time in which an appointment can take place ends soon, and it is not booked or not done yet.\n"
        + SIGNED_STAFF,
    ),
    MessageTemplate(
        "reconsent_open",
        "Signatures open",
        STAFF,
        "A task is waiting",
        "Hello,\n\nThere are people who should read and sign a newer form soon.\n" + SIGNED_STAFF,
    ),
    MessageTemplate(
        "reconsent_talk",
        "Something to talk about",
        PARTICIPANT,
        "Something to talk about",
        "Dear {first_name},\n\nThere is something new that we would like to go through with you before your next"
        " appointment.\nPlease call the study team, or ask when you come.\n\n" + SIGNED_PARTICIPANT,
    ),
    MessageTemplate(
        "daily_contact",
        "Contact of the day",
        STAFF,
        "Action needed today",
        "Hello,\n\nA call is due today.\n" + SIGNED_STAFF,
        urgent=True,
    ),
    MessageTemplate(
        "enquiry_due",
        "Questions to be asked",
        STAFF,
        "A task is waiting",
        "Hello,\n\nThere are questions to be asked of somebody soon.\n" + SIGNED_STAFF,
    ),
    MessageTemplate(
        "note_unsigned",
        "Note not signed",
        STAFF,
        "A task is waiting",
        "Hello,\n\nA note is waiting for your signature.\n" + SIGNED_STAFF,
    ),
    MessageTemplate(
        "qualification_expiring",
        "Training or licence expires",
        STAFF,
        "A task is waiting",
        "Hello,\n\nOne of your trainings, licences or certificates expires soon.\n" + SIGNED_STAFF,
    ),
    MessageTemplate(
        "task_waiting",
        "Rating ready",
        RATER,
        "You have a task",
        "Hello,\n\nA task is ready for you.\n" + SIGNED_STAFF,
    ),
    MessageTemplate(
        "action_today",
        "Safety action",
        STAFF,
        "Action needed today",
        "Hello,\n\nSomething needs your decision today.\n" + SIGNED_STAFF,
        urgent=True,
    ),
    MessageTemplate(
        "desk_waiting",
        "Something to be read",
        STAFF,
        "Action needed today",
        "Hello,\n\nSomething waits to be read by you.\n" + SIGNED_STAFF,
        urgent=True,
        listed=False,
    ),
    MessageTemplate(
        "unblinding_site_notice",
        "Notice to investigators",
        STAFF,
        "A notice is waiting",
        "Hello,\n\nA notice about the trial is waiting for you.\n" + SIGNED_STAFF,
        urgent=True,
    ),
    MessageTemplate(
        "unblinding_notice",
        "Notice to the safety desk",
        STAFF,
        "Action needed today",
        "Hello,\n\nA notice for the safety desk is waiting.\n" + SIGNED_STAFF,
        urgent=True,
    ),
)

_by_version = {(t.code, t.language, t.version): t for t in TEMPLATES}
_known = {t.code for t in TEMPLATES}


def current_template(code: str, *, language: str = DEFAULT_LANGUAGE) -> MessageTemplate:
    """Returns the latest text in a language, or in English where there is none in it.

    Raises UnknownTemplate for a name under which no text is kept.
    """
    found = [t for t in TEMPLATES if t.code == code and t.language == language]
    if not found and language != DEFAULT_LANGUAGE:
        return current_template(code)
    if not found:
        raise UnknownTemplate(f"No message is kept under the name “{code}”.")
    return max(found, key=lambda t: t.version)


def template_of(code: str, *, language: str, version: int) -> MessageTemplate:
    """Returns the very text that a message was written from."""
    return _by_version[(code, language, version)]


def unlisted() -> tuple[str, ...]:
    """Returns the names of the texts that stand in no site's list of messages."""
    return tuple(sorted({text.code for text in TEMPLATES if not text.listed}))


def is_known(code: str) -> bool:
    """Returns whether a text is kept under a name."""
    return code in _known


def current_versions() -> list[tuple[str, int]]:
    """Returns the latest version of every text in the default language."""
    return [(code, current_template(code).version) for code in sorted(_known)]
