"""This room's part of a participant's history."""

from core.audit import RecordPart
from core.permissions import Permission as P
from patients import queries
from patients.models import (
    ClinicalJudgement,
    Consent,
    ConsentSigning,
    ConsentStep,
    ConsentWithdrawal,
    ContactConsent,
    EligibilityAssessment,
    EligibilityContradiction,
    Fact,
    HistoryEntry,
    Medicine,
    Participant,
    PriorTreatment,
    PriorUseEntry,
    Randomisation,
    Result,
    ScreenFailure,
    Visit,
    VisitProcedure,
)


def record_parts(participant: Participant) -> list[RecordPart]:
    """Returns the tables of this room; what an independent rater's scores supplied is in none of them."""
    rated = queries.rated_variables(queries.definition_for(participant)) if participant.protocol_version else ()
    facts = Fact.objects.filter(participant=participant).exclude(variable__in=rated)
    return [
        RecordPart("Participant", Participant.objects.filter(pk=participant.pk), P.PARTICIPANT_VIEW),
        RecordPart("Consent", Consent.objects.filter(participant=participant), P.PARTICIPANT_VIEW),
        RecordPart("Signing", ConsentSigning.objects.filter(participant=participant), P.PARTICIPANT_VIEW),
        RecordPart(
            "Consent form", ConsentStep.objects.filter(signing__participant=participant), P.PARTICIPANT_VIEW, "code"
        ),
        RecordPart("Withdrawal", ConsentWithdrawal.objects.filter(participant=participant), P.PARTICIPANT_VIEW),
        RecordPart("Contact consent", ContactConsent.objects.filter(participant=participant), P.PARTICIPANT_VIEW),
        RecordPart("Value", facts, P.SCREENING_VIEW, "variable"),
        RecordPart("History", HistoryEntry.objects.filter(participant=participant), P.SCREENING_VIEW, "term"),
        RecordPart(
            "Earlier treatment", PriorTreatment.objects.filter(participant=participant), P.SCREENING_VIEW, "name"
        ),
        RecordPart("Earlier use", PriorUseEntry.objects.filter(participant=participant), P.SCREENING_VIEW, "year"),
        RecordPart("Medicine", Medicine.objects.filter(participant=participant), P.SCREENING_VIEW, "name"),
        RecordPart("Result", Result.objects.filter(participant=participant), P.SCREENING_VIEW, "measure"),
        RecordPart("Judgement", ClinicalJudgement.objects.filter(participant=participant), P.SCREENING_VIEW),
        RecordPart("Contradiction", EligibilityContradiction.objects.filter(participant=participant), P.SCREENING_VIEW),
        RecordPart("Screen failure", ScreenFailure.objects.filter(participant=participant), P.SCREENING_VIEW),
        RecordPart(
            "Eligibility",
            EligibilityAssessment.objects.filter(participant=participant),
            P.SCREENING_VIEW,
            hidden=frozenset({"criteria"}),
        ),
        RecordPart("Randomisation", Randomisation.objects.filter(participant=participant), P.PARTICIPANT_VIEW),
        RecordPart("Visit", Visit.objects.filter(participant=participant), P.PARTICIPANT_VIEW, "code"),
        RecordPart(
            "Procedure", VisitProcedure.objects.filter(visit__participant=participant), P.PARTICIPANT_VIEW, "code"
        ),
    ]
