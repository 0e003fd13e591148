"""What an event is set beside: medicines on record, and how long after a dose it began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.clock import local_date
from core.templatetags.vigil import clock, duration
from patients.models import Medicine, Participant
from safety.models import AdverseEvent, AdverseEventRevision
from sessions.models import DoseRecord, MedicineGiven


@dataclass(frozen=True)
class KnownMedicine:
    """A medicine on record, under the id by which an event names it."""

    public_id: str
    words: str


def medicines_of(participant: Participant) -> list[KnownMedicine]:
    """Returns what the participant takes or took, and what was given in sessions."""
    taken = Medicine.objects.filter(participant=participant, replaced_by__isnull=True, withdrawn=False)
    given = MedicineGiven.objects.filter(
        session__participant=participant, amended_by__isnull=True, withdrawn=False
    ).select_related("session")
    zone = participant.site.zone
    return [
        *(KnownMedicine(row.public_id, f"{row.name} {row.dose}".strip()) for row in taken.order_by("name", "id")),
        *(
            KnownMedicine(
                row.public_id,
                f"{row} in session {row.session.number}, {clock(row.observed_at, zone)}",
            )
            for row in given.order_by("observed_at", "id")
        ),
    ]


def medicine_names() -> list[tuple[str, int, int, str]]:
    """Returns the name of every medicine on record: its public id, its site, its participant and the name."""
    taken = Medicine.objects.filter(replaced_by__isnull=True, withdrawn=False)
    return list(taken.order_by("id").values_list("public_id", "site_id", "participant_id", "name"))


def treatment_in_words(revision: AdverseEventRevision, medicines: Sequence[KnownMedicine]) -> list[str]:
    """Returns the medicines with which an event was treated, as a person reads them."""
    names = {medicine.public_id: medicine.words for medicine in medicines}
    return [names.get(public_id, public_id) for public_id in revision.treated_with]


def doses_given(participant: Participant) -> list[DoseRecord]:
    """Returns the doses that were given, in their order; each has a label and no amount."""
    found = DoseRecord.objects.filter(
        session__participant=participant, decision="given", amended_by__isnull=True, withdrawn=False
    )
    return list(found.select_related("session").order_by("observed_at", "id"))


def relation_to_doses(event: AdverseEvent, revision: AdverseEventRevision) -> str:
    """Returns how long after the last dose before it the event began, as exactly as its start is known.

    Empty where no dose came before, or where the start is not known to the day.
    """
    doses = doses_given(event.participant)
    if revision.started_at is not None:
        before = [dose for dose in doses if dose.observed_at <= revision.started_at]
        return _elapsed(before[-1], revision.started_at) if before else ""
    if len(revision.started_on) < len("YYYY-MM-DD"):
        return ""
    zone = event.site.zone
    by_day = [dose for dose in doses if local_date(dose.observed_at, zone=zone).isoformat() <= revision.started_on]
    return _days(by_day[-1], revision.started_on, zone=zone) if by_day else ""


def _elapsed(dose: DoseRecord, started_at: datetime) -> str:
    return f"{duration(started_at - dose.observed_at)} after the {_name(dose)}"


def _days(dose: DoseRecord, started_on: str, *, zone: str) -> str:
    days = (datetime.fromisoformat(started_on).date() - local_date(dose.observed_at, zone=zone)).days
    if days == 0:
        return f"On the day of the {_name(dose)}; the hour is not known"
    return f"{days} {'day' if days == 1 else 'days'} after the {_name(dose)}"


def _name(dose: DoseRecord) -> str:
    return f"{dose.get_kind_display().lower()} of session {dose.session.number}"
