"""What this room does when one of its own verbs announces something; in the same transaction."""

from patients.actions.contradictions import raise_contradiction
from patients.events import FactsRecorded
from patients.models import Fact, Participant


def on_facts_recorded(event: FactsRecorded) -> None:
    """Looks whether what was recorded speaks against a signed verdict on eligibility."""
    newest = Fact.objects.filter(participant_id=event.participant_id, variable__in=event.variables).latest("pk")
    participant = Participant.objects.select_related("site", "protocol_version").get(pk=event.participant_id)
    raise_contradiction(participant, variables=event.variables, by=newest.recorded_by, at=newest.recorded_at)
