"""What the reference safety information says of an event: the version in force on the event's day, and its verdict."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from protocol.expectedness import Expectedness, judge_expectedness
from protocol.partial_dates import first_day
from safety.models import AdverseEvent, AdverseEventRevision
from trials import queries as trial_queries

if TYPE_CHECKING:
    from trials.models import ReferenceVersion


@dataclass(frozen=True)
class ByReference:
    """The version that was in force on the event's day, and what it says."""

    reference: "ReferenceVersion"
    on: date
    verdict: Expectedness

    @property
    def sentence(self) -> str:
        """Returns the verdict with the version and the day it is of."""
        return f"{self.reference}, in force on {self.on:%-d %b %Y}: {self.verdict.sentence}"


def expectedness_by_reference(event: AdverseEvent, revision: AdverseEventRevision) -> ByReference | None:
    """Returns the verdict of the version in force on the day of the event; None where none was in force.

    Of a start that is known in part the first possible day counts: an earlier version lists no more than a later one.
    """
    on = first_day(revision.started_on)
    reference = trial_queries.reference_in_force(event.site.trial_id, on=on)
    if reference is None:
        return None
    verdict = judge_expectedness(
        trial_queries.listed_terms(reference),
        term=revision.term,
        severity=revision.severity,
        seriousness=revision.seriousness,
    )
    return ByReference(reference, on, verdict)
