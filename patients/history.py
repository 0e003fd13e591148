"""This room's part of a participant's history."""

from core.audit import RecordPart
from core.permissions import Permission as P
from patients import queries
from patients.models import (
    Consent,
    ConsentSigning,
    ConsentStep,
    ConsentWithdrawal,
    ContactConsent,
    EligibilityAssessment,
    Fact,
    Participant,
    Randomisation,
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
