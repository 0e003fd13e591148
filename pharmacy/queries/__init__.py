"""Reads of the pharmacy that a blinded person may make, one module for each noun; nothing here can tell an arm."""

from pharmacy.queries.kits import (
    BottleRow,
    DoseLine,
    accountability_at,
    bottle_table,
    dispensable_visits,
    doses_of,
    is_given_back,
    kit_for_visit,
    kits_in_storage,
    ledger_of,
    packed_units,
    version_at,
)
from pharmacy.queries.randomisation import (
    Readiness,
    ReadinessLine,
    Stratum,
    levels_of,
    readiness,
    sealed_list,
    strata_of,
    stratum_of,
)
from pharmacy.queries.worklist import DISPENSE_NOTICE, EXPIRY_NOTICE, worklist_items

__all__ = [
    "DISPENSE_NOTICE",
    "EXPIRY_NOTICE",
    "BottleRow",
    "DoseLine",
    "Readiness",
    "ReadinessLine",
    "Stratum",
    "accountability_at",
    "bottle_table",
    "dispensable_visits",
    "doses_of",
    "is_given_back",
    "kit_for_visit",
    "kits_in_storage",
    "ledger_of",
    "levels_of",
    "packed_units",
    "readiness",
    "sealed_list",
    "strata_of",
    "stratum_of",
    "version_at",
    "worklist_items",
]
