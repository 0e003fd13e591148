"""Reads on the screening record and on procedures, for whoever codes or exports them."""

from django.db.models import QuerySet

from patients.models import HistoryEntry, Medicine, VisitProcedure


def all_history() -> QuerySet[HistoryEntry]:
    """Returns every condition that stands, with what a dataset reads of it."""
    return _standing_history().select_related("site", "participant")


def all_medicines() -> QuerySet[Medicine]:
    """Returns every medicine that stands, with what a dataset reads of it."""
    found = Medicine.objects.filter(replaced_by__isnull=True, withdrawn=False)
    return found.select_related("site", "participant")


def history_terms() -> list[tuple[str, int, int, str]]:
    """Returns the words of every condition that stands: its public id, its site, its participant and the term."""
    return list(_standing_history().order_by("id").values_list("public_id", "site_id", "participant_id", "term"))


def procedures_not_done() -> QuerySet[VisitProcedure]:
    """Returns every procedure that was not done, with what a dataset reads of it."""
    found = VisitProcedure.objects.filter(state="not_done")
    return found.select_related("site", "visit__participant")


def _standing_history() -> QuerySet[HistoryEntry]:
    return HistoryEntry.objects.filter(replaced_by__isnull=True, withdrawn=False)
