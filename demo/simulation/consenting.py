"""How a person of the demo consents: on the tablet, part by part, as a participant would."""

import random
from datetime import datetime

from core.clock import local_date
from core.models import Person
from demo.people import PASSWORD
from patients import actions as patients
from patients.models import Consent, ConsentSigning, Participant
from patients.queries import digest_of_steps, standing_consent, steps_of
from protocol.consent_form import ConsentDocument, Place
from trials.models import ConsentForm
from trials.queries import consent_form_in_force, definition_of, document_of

# Every so many people read in another language; every so many cannot read the form alone.
OTHER_LANGUAGE_EVERY, READS_OTHER = 9, 5
NOT_ALONE_EVERY, READS_NOT_ALONE = 17, 4
WITNESS = "vera"


def consent_on_tablet(
    participant: Participant, *, name: str, number: int, dice: random.Random, by: Person, at: datetime
) -> Consent:
    """Plays the hand-over, the reading with its questions, the signatures; some answer a question wrongly at first."""
    language = "de" if number % OTHER_LANGUAGE_EVERY == READS_OTHER else participant.language
    on = local_date(at, zone=participant.site.zone)
    form = consent_form_in_force(participant.site, on=on, language=language)
    assert form is not None
    alone = number % NOT_ALONE_EVERY != READS_NOT_ALONE
    signing = patients.start_signing(participant, form=form, reads_alone=alone, by=by, at=at)
    _read(signing, document_of(form), dice=dice, by=by, at=at)
    patients.choose_options(signing, options=_options(form, dice), by=by, at=at)
    strokes = _scribble(dice)
    patients.sign_as_participant(signing, name=name, strokes=strokes, typed=not strokes, by=by, at=at)
    witness = None if alone else patients.WitnessCredential(WITNESS, PASSWORD)
    shown = digest_of_steps(steps_of(signing))
    return patients.complete_signing(signing, password=PASSWORD, shown_digest=shown, witness=witness, by=by, at=at)


def renew(participant: Participant, *, name: str, number: int, dice: random.Random, by: Person, at: datetime) -> None:
    """Signs the form in force, where it is newer than the one signed, and moves to the version it is about."""
    consent = standing_consent(participant)
    on = local_date(at, zone=participant.site.zone)
    form = consent_form_in_force(participant.site, on=on, language=participant.language)
    under_way = participant.visits.filter(state="started").exists()
    if consent is None or form is None or under_way or form.version == consent.form.version:
        return
    consent_on_tablet(participant, name=name, number=number, dice=dice, by=by, at=at)
    patients.move_to_version(participant, by=by, at=at)


def _read(signing: ConsentSigning, document: ConsentDocument, *, dice: random.Random, by: Person, at: datetime) -> None:
    place, slips = Place("section", document.sections[0].code), dice.random() < 0.2
    while place.kind in ("section", "question"):
        if place.kind == "section":
            place = patients.read_section(signing, section=place.code, by=by, at=at)
            continue
        question = document.question(place.code)
        wrong = next(code for code in question.choices if code != question.answer)
        answer, slips = (wrong, False) if slips else (question.answer, False)
        place = patients.answer_question(signing, question=question.code, answer=answer, by=by, at=at)


def _options(form: ConsentForm, dice: random.Random) -> dict[str, bool]:
    definition = definition_of(form.protocol_version)
    # Everybody agrees to what comes after the study, so that there is somebody to find again.
    sure = {option.code for option in definition.consent_options if option.required}
    sure.add(definition.durability.consent_option)
    chosen = {option.code: option.code in sure or dice.random() < 0.9 for option in definition.consent_options}
    return chosen | {patients.EMAIL: True}


def _scribble(dice: random.Random) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Returns a signature as a finger draws it, or nothing for whoever ticks the typed name instead."""
    if dice.random() < 0.3:
        return ()
    points = [(0.1 + 0.8 * step / 24, round(0.5 + dice.uniform(-0.25, 0.25), 4)) for step in range(25)]
    return (tuple((round(x, 4), y) for x, y in points),)
