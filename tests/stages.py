"""Brings a participant to a stage of the trial through the same actions that pages use."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from core.documents import Text, pdf
from core.models import Person
from patients import actions, queries
from patients.actions import FactEntry
from patients.identity import IdentityDetails
from patients.models import Consent, ConsentSigning, Participant, Visit
from pharmacy import actions as pharmacy_actions
from tests.cast import AT, FORM_FILE, PASSWORD, PROTOCOL_FILE, add_consent_form
from trials import actions as trial_actions
from trials.models import ConsentForm, Site
from trials.queries import consent_form_in_force, document_of

PAPER = pdf("Consent", parts=[Text("Signed by hand")], printed_by="Site", at=AT, zone="UTC")
OPTIONS = {"recording": True, "touch": False, "data_sharing": True, "future_contact": False, "long_term": True}
NAME = "Nina Mercedes Sample"
TABLET_OPTIONS = OPTIONS | {"email": True}
STROKES = (((0.1, 0.5), (0.4, 0.2), (0.9, 0.7)),)


def add_newcomer(site: Site, *, by: Person, name: str = NAME) -> Participant:
    """Adds a participant at first contact."""
    identity = IdentityDetails(name, AT.date().replace(year=1985), email="nina@example.org")
    return actions.add_participant(site=site, identity=identity, first_contact_on=AT.date(), by=by, at=AT)


def started(participant: Participant, *, by: Person, alone: bool = True, at: datetime = AT) -> ConsentSigning:
    """Returns a signing just handed over."""
    form = consent_form_in_force(participant.site, on=at.date(), language=participant.language)
    assert form is not None
    return actions.start_signing(participant, form=form, reads_alone=alone, by=by, at=at)


def read_all(signing: ConsentSigning, *, by: Person, at: datetime = AT) -> ConsentSigning:
    """Reads every part and answers every question rightly."""
    document = document_of(signing.form)
    for section in document.sections:
        actions.read_section(signing, section=section.code, by=by, at=at)
        for question in document.questions:
            if question.section == section.code:
                actions.answer_question(signing, question=question.code, answer=question.answer, by=by, at=at)
    return signing


def signed(
    participant: Participant, *, by: Person, alone: bool = True, strokes: Any = STROKES, at: datetime = AT
) -> ConsentSigning:
    """Returns a signing that the participant has signed."""
    signing = read_all(started(participant, by=by, alone=alone, at=at), by=by, at=at)
    actions.choose_options(signing, options=TABLET_OPTIONS, by=by, at=at)
    return actions.sign_as_participant(signing, name=NAME, strokes=strokes, typed=not strokes, by=by, at=at)


def complete(signing: ConsentSigning, *, by: Person, at: datetime = AT, **changed: Any) -> Consent:
    """Signs beside the participant."""
    shown = queries.digest_of_steps(queries.steps_of(signing))
    return actions.complete_signing(signing, **({"password": PASSWORD, "shown_digest": shown} | changed), by=by, at=at)


# An amendment: V1 may come later, V20 loses its ECG, V4 takes blood once more.
AMENDED = (
    ('version: "1.0"', 'version: "2.0"'),
    ("anchor: V0, offset: 7, before: 6, after: 35", "anchor: V0, offset: 7, before: 6, after: 42"),
    ("V20: [C_SSRS_SLV, LABS, ECG12, VITALS", "V20: [C_SSRS_SLV, LABS, VITALS"),
    ("V4:  [THERAPY, C_SSRS_SLV, PREG", "V4:  [THERAPY, LABS, C_SSRS_SLV, PREG"),
)


def amended(
    world: Any, *, on: date, by: Person, site: str = "A", changes: tuple[tuple[str, str], ...] = AMENDED
) -> ConsentForm:
    """Loads protocol version 2.0 and its consent form, and puts both in force at a site from a day."""
    text, at = PROTOCOL_FILE.read_text(), datetime.combine(on, time(1), tzinfo=UTC)
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    version = trial_actions.load_protocol(text, trial=world.trial, by=by, at=at)
    trial_actions.approve_protocol(version, site=world.sites[site], effective_on=on, by=by, at=at)
    newer = FORM_FILE.read_text().replace('version: "1.0"', 'version: "2.0"', 1)
    return add_consent_form(newer, site=world.sites[site], version=version, by=by, on=on)


def consented(world: Any, *, by: Person, at: datetime, site: str = "A", name: str = "Nina Sample") -> Participant:
    """Returns a participant who consented at `at`."""
    place = world.sites[site]
    participant = actions.add_participant(
        site=place,
        identity=IdentityDetails(name, date(1985, 6, 1), email="nina@example.org"),
        first_contact_on=at.date(),
        comes_again=True,
        by=by,
        at=at,
    )
    form = consent_form_in_force(place, on=at.date())
    assert form is not None
    actions.record_consent(
        participant, form=form, signed_at=at, options=OPTIONS, paper=PAPER, password=PASSWORD, by=by, at=at
    )
    return participant


def facts_at(
    participant: Participant, values: Mapping[str, str], *, by: Person, at: datetime, visit: Visit | None = None
) -> None:
    """Records values as a form would."""
    entries = [FactEntry(name, value, "Test", at) for name, value in values.items()]
    actions.record_facts(participant, facts=entries, visit=visit, by=by, at=at)


def judged(participant: Participant, *, by: Person, at: datetime, **changes: bool) -> None:
    """Judges and signs what nobody measures, as the page of judgements would."""
    sitting = actions.Sitting(answers=JUDGED | changes, results={}, grounds="Examined and asked")
    actions.judge_clinically(participant, sitting, password=PASSWORD, submission_id=uuid4(), by=by, at=at)


SCREENED: dict[str, str] = {
    "language_ok": "true", "can_swallow": "true", "agrees_recording": "true", "has_contact": "true",
    "agrees_inform_48h": "true", "childbearing_potential": "false", "pregnancy_test": "not_applicable",
    "effective_contraception": "false", "agrees_lifestyle": "true", "other_trial": "false", "symptom_months": "24",
    "consent_capable": "true", "bp_high_count": "0", "qtcb_ms": "410", "sex_at_birth": "male", "torsade_risk": "false",
    "significant_cv_disease": "false", "arrhythmia_history": "false", "alt_x_uln": "0.8", "ast_x_uln": "0.7",
    "symptomatic_liver_disease": "false", "hyponatraemia_history": "false", "hyperthermia_history": "false",
    "weight_kg": "74", "lactating": "false", "psychotic_disorder": "false", "bipolar1": "false",
    "dissociative_identity": "false", "eating_disorder_purging": "false", "mdd_psychotic": "false",
    "personality_disorder_excl": "false", "alcohol_use_disorder": "none", "aud_early_remission_months": "0",
    "drug_use_disorder": "none", "cssrs_ideation_recent": "1", "cssrs_behaviour_recent_months": "999",
    "current_suicide_risk": "false", "mdma_uses_10y": "0", "mdma_last_use_months": "999",
    "investigational_drug_days": "9999",
}  # fmt: skip
JUDGED: dict[str, bool] = {
    "consent_capable": True, "torsade_risk": False, "significant_cv_disease": False, "arrhythmia_history": False,
    "symptomatic_liver_disease": False, "current_suicide_risk": False,
}  # fmt: skip
BASELINE: dict[str, str] = {"caps5_total": "42", "dsm5_ptsd_current": "true", "washout_ok": "true"}


def screened(
    world: Any, *, by: Person, investigator: Person, at: datetime, site: str = "A", name: str = "Nina Sample"
) -> Participant:
    """Returns a participant whose values are all in order up to the visit at which every criterion is due."""
    participant = consented(world, by=by, at=at, site=site, name=name)
    visits = {visit.code: visit for visit in participant.visits.all()}
    definition = queries.definition_for(participant)
    facts_at(participant, SCREENED, by=by, at=at, visit=visits["V0"])
    facts_at(participant, BASELINE | {"caps5_baseline_locked": "true"}, by=by, at=at, visit=visits["V3"])
    again = {
        variable.name
        for procedure in definition.procedures_of("V4")
        for variable in definition.variables_from(procedure.code)
    }
    facts_at(
        participant,
        {name: value for name, value in SCREENED.items() if name in again},
        by=by,
        at=at,
        visit=visits["V4"],
    )
    judged(participant, by=investigator, at=at)
    return participant


def ready_to_randomise(
    world: Any, *, by: Person, investigator: Person, at: datetime, site: str = "A", name: str = "Nina Sample"
) -> Participant:
    """Returns an enrolled participant for whom everything that randomisation asks for is true."""
    participant = screened(world, by=by, investigator=investigator, at=at, site=site, name=name)
    assessment = actions.judge_eligibility(participant, visit_code="V4", by=by, at=at)
    actions.sign_eligibility(assessment, password=PASSWORD, shown_digest="", by=investigator, at=at)
    return actions.enrol(participant, by=by, at=at)


def randomised(
    world: Any, *, by: Person, investigator: Person, at: datetime, site: str = "A", name: str = "Nina Sample"
) -> Participant:
    """Returns a participant who was given a kit."""
    participant = ready_to_randomise(world, by=by, investigator=investigator, at=at, site=site, name=name)
    pharmacy_actions.randomise(participant, submission_id=uuid4(), by=by, at=at)
    return participant
