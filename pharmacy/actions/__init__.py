"""Verbs of the pharmacy, one module for each noun."""

from pharmacy.actions.board import make_board_report, record_recommendation
from pharmacy.actions.envelopes import issue_envelope, report_opened, return_envelope
from pharmacy.actions.kits import (
    HANDLINGS,
    OPEN_VISIT,
    REVERSIBLE,
    dispense_kit,
    move_kits,
    receive_kits,
    return_kit,
    reverse_movement,
)
from pharmacy.actions.lists import make_allocation_list, seal_allocation_list, upload_allocation_list
from pharmacy.actions.people import WITNESS, authenticate_witness
from pharmacy.actions.randomisation import randomise
from pharmacy.actions.stock import (
    compare_count,
    enter_first_count,
    enter_second_count,
    open_count,
    record_temperature,
    resolve_discrepancy,
)
from pharmacy.actions.unblinding import finish_drill, start_drill, tell_of, unblind

__all__ = [
    "HANDLINGS",
    "OPEN_VISIT",
    "REVERSIBLE",
    "WITNESS",
    "authenticate_witness",
    "compare_count",
    "dispense_kit",
    "enter_first_count",
    "enter_second_count",
    "finish_drill",
    "issue_envelope",
    "make_allocation_list",
    "make_board_report",
    "move_kits",
    "open_count",
    "randomise",
    "receive_kits",
    "record_recommendation",
    "record_temperature",
    "report_opened",
    "resolve_discrepancy",
    "return_envelope",
    "return_kit",
    "reverse_movement",
    "seal_allocation_list",
    "start_drill",
    "tell_of",
    "unblind",
    "upload_allocation_list",
]
