"""Brings a participant to a stage of the trial through the same actions that pages use."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from core.models import Person
from patients import actions
from patients.actions import FactEntry
from patients.identity import IdentityDetails
from patients.models import Participant, Visit
from trials.models import ConsentForm

OPTIONS = {"recording": True, "touch": False, "data_sharing": True, "future_contact": False}


def consented(world: Any, *, by: Person, at: datetime, site: str = "A", name: str = "Nina Sample") -> Participant:
    """Returns a participant who consented at `at`."""
    place = world.sites[site]
    participant = actions.add_participant(
        site=place,
        identity=IdentityDetails(name, date(1985, 6, 1), email="nina@example.org"),
        first_contact_on=at.date(),
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
