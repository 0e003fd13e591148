"""Brings a participant to a stage of the trial through the same actions that pages use."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from core.models import Person
from patients import actions, queries
from patients.actions import FactEntry
from patients.identity import IdentityDetails
from patients.models import Participant, Visit
from pharmacy import actions as pharmacy_actions
from tests.cast import PASSWORD
from trials.models import ConsentForm

OPTIONS = {"recording": True, "touch": False, "data_sharing": True, "future_contact": False}


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
    form = ConsentForm.objects.get(site=place)
    actions.record_consent(participant, form=form, signed_at=at, options=OPTIONS, by=by, at=at)
    return participant


def facts_at(
    participant: Participant, values: Mapping[str, str], *, by: Person, at: datetime, visit: Visit | None = None
) -> None:
    """Records values as a form would."""
    entries = [FactEntry(name, value, "Test", at) for name, value in values.items()]
    actions.record_facts(participant, facts=entries, visit=visit, by=by, at=at)


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
BASELINE: dict[str, str] = {"caps5_total": "42", "dsm5_ptsd_current": "true", "washout_ok": "true"}


def ready_to_randomise(world: Any, *, by: Person, investigator: Person, at: datetime, site: str = "A") -> Participant:
    """Returns an enrolled participant for whom everything that randomisation asks for is true."""
    participant = consented(world, by=by, at=at, site=site)
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
    assessment = actions.judge_eligibility(participant, visit_code="V4", by=by, at=at)
    actions.sign_eligibility(assessment, password=PASSWORD, shown_digest="", by=investigator, at=at)
    return actions.enrol(participant, by=by, at=at)


def randomised(world: Any, *, by: Person, investigator: Person, at: datetime, site: str = "A") -> Participant:
    """Returns a participant who was given a kit."""
    participant = ready_to_randomise(world, by=by, investigator=investigator, at=at, site=site)
    pharmacy_actions.randomise(participant, submission_id=uuid4(), by=by, at=at)
    return participant
