"""Reads on holds of dosing, of one participant and of the whole trial."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models import Value as Constant

from patients.models import Participant
from sessions.models import DosingHold, TrialHold


@dataclass(frozen=True)
class OpenHold:
    """A hold that keeps somebody from being dosed, of the participant or of the whole trial."""

    rule: str
    reason: str
    placed_at: datetime
    of_trial: bool

    @property
    def sentence(self) -> str:
        """Returns what stands in the way, as a sentence."""
        return f"Dosing is on hold{' in the whole trial' if self.of_trial else ''}: {self.reason}"


def open_holds(participant: Participant) -> list[OpenHold]:
    """Returns what keeps the participant from being dosed, the oldest first; in one statement."""
    fields = ("rule", "reason", "placed_at")
    own = DosingHold.objects.filter(participant=participant, lifted_at__isnull=True)
    everybodys = TrialHold.objects.filter(trial_id=participant.site.trial_id, lifted_at__isnull=True)
    found = own.values_list(*fields, Constant(False)).union(everybodys.values_list(*fields, Constant(True)), all=True)
    return [OpenHold(*row) for row in found.order_by("placed_at")]


def holds_at(site_ids: set[int] | None) -> QuerySet[DosingHold]:
    """Returns the holds of the participants of some sites, whether they still hold or not."""
    found = DosingHold.objects.select_related("participant", "site", "recorded_by", "lifted_by")
    return found if site_ids is None else found.filter(site_id__in=site_ids)


def trial_holds() -> QuerySet[TrialHold]:
    """Returns the holds of the whole trial, which everybody of the trial sees."""
    return TrialHold.objects.select_related("trial", "recorded_by", "lifted_by")
