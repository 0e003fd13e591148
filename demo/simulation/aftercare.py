"""What happens after a dosing session: integration sessions, what a pair writes of them, and contacts."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count

from core.clock import local_date
from core.models import Person
from demo.people import PASSWORD
from demo.simulation.adversities import maybe_event
from demo.simulation.guessing import guess_all, maybe_slip
from demo.simulation.reviewing import index_recording
from integration import actions
from integration.actions import Happened, NoteFields, PracticeOutcome, Theme, Told
from integration.queries import earlier_note, opened_enquiries
from integration.suicidality import risk_items, risk_procedure
from patients import actions as patients
from portal import actions as portal
from portal.models import ConfidentialReport

if TYPE_CHECKING:
    from demo.simulation.course import Course

PRACTICES = ("A daily walk", "Writing in the evening")
MOST_ELEMENTS = 4

# How often somebody says in a call that they are tired.
TIRED = 0.15
# How often somebody who was not reached about a visit is not reached again.
STILL_LOST = 0.6
READ_AFTER = timedelta(hours=3)


def hold_integration(course: "Course", code: str, at: datetime) -> None:
    """Holds an integration session and writes its note, which both therapists sign sooner or later."""
    first, second = course.therapists
    with course.acting(first):
        patients.start_visit(course.visit_named(code), by=first, at=at)
        visit = course.visit_named(code)
        course.answer_risk(visit, at)
        course.close_procedures(visit, at)
        note = actions.write_note(
            visit, fields=note_fields(course, code, at), seen_version=0, by=first, at=at + timedelta(hours=2)
        )
    guess_all(course, code, at)
    maybe_slip(course, code, at)
    for hours, therapist in ((3, first), (4, second)):
        if course.dice.random() > 0.92:
            break
        with course.acting(therapist):
            note.refresh_from_db()
            actions.sign_note(note, password=PASSWORD, by=therapist, at=at + timedelta(hours=hours))
    index_recording(course, code, at + timedelta(hours=5))
    with course.acting(course.coordinator):
        visit = course.visit_named(code)
        if visit.state == "started":
            patients.finish_visit(visit, by=course.coordinator, at=at + timedelta(hours=2))


def make_contacts(course: "Course", dosing_code: str) -> Iterator[datetime]:
    """Makes the calls of the days after a dosing session, and what else those days ask for."""
    rule = course.definition.phone_contacts
    for day in rule.days:
        if day in rule.in_person_days:
            continue
        code = rule.code_pattern.format(dosing_code=dosing_code, day=day)
        with course.acting(course.coordinator):
            visit = course.visit_named(code)
        assert visit.target_on is not None
        at = course.moment(visit.target_on, 17)
        yield at
        with course.acting(course.therapists[0]):
            visit = course.visit_named(code)
            procedure = risk_procedure(course.definition, code)
            assert procedure is not None
            answers = {item.code: False for item in risk_items(course.definition, procedure)}
            actions.record_contact(
                visit, reached=True, answers=answers, told=told_in_contact(course, code),
                submission_id=course.key(), by=course.therapists[0], at=at,
            )  # fmt: skip
        if day == rule.days[1]:
            maybe_event(course, at)
        answer_enquiries(course, at)
        tell_in_between(course, at)
        report = write_own_pages(course, at)
        # Whoever waits is answered the same evening, but now and then a report is left to be read.
        if report is not None and course.plan.number % 4:
            yield at + READ_AFTER
            portal.acknowledge_report(
                report, answer="I have asked the pair to listen to the recording with me.",
                by=course.stage.people["orla"], at=at + READ_AFTER,
            )  # fmt: skip


def note_fields(course: "Course", code: str, at: datetime) -> NoteFields:
    """Returns what a pair writes of one session; what became of the last one's practices stands in it."""
    first, second = course.therapists
    theme = Theme(course.dice.choice(course.profile["themes"]), course.dice.choice(["new", "returning", "eased"]))
    change = course.dice.choice(["", "More patient with the children"])
    # Told when it is new: what goes on is no change any more.
    if course.participant.integration_notes.filter(changes_in_feeling=change).exists():
        change = ""
    # Dice of the session, so that a repeated course writes the same.
    dice = random.Random(f"note {course.plan.number} {code}")
    therapy = course.definition.aftercare.integration
    earlier = earlier_note(course.visit_named(code))
    companions = list(therapy.companions_at(code))
    return NoteFields(
        held_at=at,
        minutes=90,
        present=frozenset({first.pk, second.pk}),
        place=dice.choice(["site", "site", "video"]),
        companions=tuple(companions[:1]) if dice.random() < 0.15 else (),
        sleep="About seven hours",
        substances="None",
        medicines="No change",
        change_kind="welcome" if change else "none",
        changes_in_feeling=change,
        elements=tuple(dice.sample(list(therapy.element_texts()), dice.randint(1, MOST_ELEMENTS))),
        themes=(theme,),
        meaning="What came up in the session was gone through together.",
        practice_outcomes=tuple(
            PracticeOutcome(practice, dice.choice(list(therapy.practice_outcomes)))
            for practice in (earlier.agreed_practices if earlier else ())
        ),
        practices="\n".join(PRACTICES),
    )


def told_in_contact(course: "Course", code: str) -> Told:
    """Returns what is told in a call."""
    dice = random.Random(f"contact {course.plan.number} {code}")
    rule = course.definition.aftercare.calls.wellbeing
    # Above the limit from which on somebody must act, and never a fall that calls for it.
    score = None if rule is None else rule.high - dice.randint(1, max(1, rule.fall - 1))
    wellbeing = "Tired, in good spirits" if dice.random() < TIRED else "In good spirits"
    return Told(wellbeing, score, "None", "No change")


def answer_enquiries(course: "Course", at: datetime) -> None:
    """Makes the enquiries about late harm that are open at a visit or a call; some people tell of something."""
    # The coordinator was in the room of no session, and so may ask all of it.
    by = course.coordinator
    with course.acting(by):
        for enquiry in opened_enquiries(at=at).filter(participant=course.participant):
            dice = random.Random(f"enquiry {course.plan.number} {enquiry.code} {enquiry.visit.code}")
            questions = course.definition.aftercare.harm.questions
            yes = dice.choice(list(questions)) if dice.random() < 0.2 else ""
            actions.record_enquiry(
                enquiry,
                answers={code: code == yes for code in questions},
                told="Two nights with vivid dreams, better since" if yes else "",
                judged_unsafe=False,
                by=by,
                at=at,
            )


def tell_in_between(course: "Course", at: datetime) -> None:
    """Now and then somebody tells of other help, or is not reached about the next assessment."""
    dice = random.Random(f"between {course.plan.number} {at:%Y%m%d}")
    by = course.coordinator
    with course.acting(by):
        if dice.random() < 0.03:
            began_on = local_date(at, zone=course.participant.site.zone).replace(day=1)
            happened = Happened("other_therapy", "Talks with a counsellor, every other week", f"{began_on:%Y-%m}")
            actions.record_intercurrent(
                course.participant, happened=happened, submission_id=UUID(int=dice.getrandbits(128), version=4),
                by=by, at=at,
            )  # fmt: skip
        waiting = course.participant.visits.filter(kind="assessment", state__in=["planned", "booked"])
        visit = waiting.annotate(tried=Count("contact_attempts")).order_by("order").first()
        if visit is not None and dice.random() < (STILL_LOST if visit.tried else 0.1):
            actions.record_attempt(
                visit, channel="phone", reached=False, not_reached_reason="Rang out, left no message",
                submission_id=UUID(int=dice.getrandbits(128), version=4), by=by, at=at,
            )  # fmt: skip


def write_own_pages(course: "Course", at: datetime) -> ConfidentialReport | None:
    """Writes in the diary now and then, and seldom to somebody outside the study team; returns what was sent there."""
    dice = random.Random(f"own pages {course.plan.number} {at:%Y%m%d}")
    by = Person.objects.system("portal")
    with course.acting(by):
        if dice.random() < 0.5:
            portal.write_diary(
                course.participant, about_on=local_date(at, zone=course.participant.site.zone),
                wellbeing=dice.randint(3, 9),
                words=dice.choice(["A long walk by the water", "Slept little, quiet day", "Talked with my sister"]),
                submission_id=UUID(int=dice.getrandbits(128), version=4), by=by, at=at,
            )  # fmt: skip
        if dice.random() < 0.015:
            return portal.send_report(
                course.participant, kind="missed", words="When I said that I was afraid, it was called a good sign.",
                wants_answer=True, submission_id=UUID(int=dice.getrandbits(128), version=4), by=by, at=at,
            )  # fmt: skip
    return None
