"""Rules that pause the whole trial: counted over every site whenever a related serious event is known anew."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from core.contributions import contribution
from core.models import Person
from patients.queries import definition_for
from protocol.definition import AdverseEventPolicy
from safety.actions.alerts import raise_alert
from safety.models import AdverseEvent, AdverseEventRevision

GRAVEST = frozenset({"death", "life_threatening"})


def alert_on_trial_stopping(event: AdverseEvent, *, at: datetime) -> None:
    """Alerts once for each rule of the trial that this event makes true.

    Nobody at one site sees the events of the others, so the safety watch counts them. Pausing is a decision of people.
    """
    definition = definition_for(event.participant)
    if not definition.trial_stopping:
        return
    by = Person.objects.system("safety")
    with contribution(by=by, reason="Trial-level stopping rules judged"):
        related = list(_related_serious(definition.adverse_events))
        if all(revision.event_id != event.pk for revision in related):
            return
        for rule in definition.trial_stopping:
            if COUNTS[rule.count](related) >= rule.at_least:
                raise_alert(
                    event.participant,
                    key=f"{rule.code}:{event.public_id}",
                    rule=rule.code,
                    severity="act",
                    message=f"Trial-level rule: {rule.text}"[:300],
                    instruction=f"Protocol: {rule.action}.",
                    raised_at=at,
                    by=by,
                )


def _related_serious(policy: AdverseEventPolicy) -> Iterable[AdverseEventRevision]:
    latest = AdverseEventRevision.objects.order_by("event_id", "-number").distinct("event_id")
    return (
        revision
        for revision in latest
        if revision.serious
        and (revision.causality in policy.related_means or revision.sponsor_causality in policy.related_means)
    )


def _gravest(related: list[AdverseEventRevision]) -> int:
    return sum(1 for revision in related if GRAVEST & set(revision.seriousness))


def _of_one_term(related: list[AdverseEventRevision]) -> int:
    terms = Counter(" ".join(revision.term.lower().split()) for revision in related)
    return max(terms.values(), default=0)


# One function for each kind of count that a protocol may name.
COUNTS: dict[str, Callable[[list[AdverseEventRevision]], int]] = {
    "related_fatal_or_life_threatening": _gravest,
    "related_serious_of_one_term": _of_one_term,
}
