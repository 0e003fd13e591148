"""Rules that hold dosing in the whole trial: counted over every site whenever a related serious event is known anew."""

from datetime import datetime

from core.contributions import contribution
from core.models import Person
from patients.queries import definition_for
from protocol.stopping import RelatedSeriousEvent, judge_trial_stopping
from safety.actions.alerts import raise_alert
from safety.actions.holds import place_trial_hold
from safety.models import AdverseEvent, AdverseEventRevision


def stop_trial_where_ruled(event: AdverseEvent, *, at: datetime) -> None:
    """Holds dosing at every site, and alerts, once for each rule of the trial that this event makes true.

    Nobody at one site sees the events of the others, so the safety watch counts them. A person decides how long.
    """
    definition = definition_for(event.participant)
    related_means = definition.adverse_events.related_means
    by = Person.objects.system("safety")
    with contribution(by=by, reason="Trial-level stopping rules judged"):
        latest = AdverseEventRevision.objects.order_by("event_id", "-number").distinct("event_id")
        related = {
            revision.event_id: RelatedSeriousEvent(term=revision.term, seriousness=tuple(revision.seriousness))
            for revision in latest
            if revision.serious and {revision.causality, revision.sponsor_causality} & set(related_means)
        }
        if event.pk not in related:
            return
        for verdict in judge_trial_stopping(definition, tuple(related.values())):
            if verdict.holds:
                place_trial_hold(
                    event.site.trial, rule=verdict.rule, reason=verdict.text, cause=event.public_id, by=by, at=at
                )
                raise_alert(
                    event.participant,
                    key=f"{verdict.rule}:{event.public_id}",
                    rule=verdict.rule,
                    severity="act",
                    message=f"Trial-level rule: {verdict.text}"[:300],
                    instruction=f"Protocol: {verdict.action}.",
                    raised_at=at,
                    by=by,
                )
