"""Pages of the pharmacy, one module for each noun."""

from pharmacy.views.blinding import blinding_integrity
from pharmacy.views.board import (
    board_recommend,
    board_report_detail,
    board_report_file,
    board_report_list,
    closed_report_detail,
    closed_report_file,
)
from pharmacy.views.counts import (
    count_compare,
    count_detail,
    count_enter,
    count_inventory,
    count_list,
    count_resolve,
    count_second,
)
from pharmacy.views.drills import drill_detail, drill_list
from pharmacy.views.envelopes import envelope_issue, envelope_list, envelope_opened, envelope_return
from pharmacy.views.kits import (
    kit_contents,
    kit_custody,
    kit_detail,
    kit_dispense,
    kit_list,
    kit_move,
    kit_receive,
    kit_return,
    kit_reverse,
)
from pharmacy.views.lists import allocation_list, allocation_list_make, allocation_list_seal, allocation_list_upload
from pharmacy.views.randomisation import randomisation_detail, randomise
from pharmacy.views.rehearsal import rehearsal
from pharmacy.views.stock import lot_ledger, stock_list, supply_forecast, temperature_list
from pharmacy.views.unblinding import unblind, unblinding_form, unblinding_list

__all__ = [
    "allocation_list",
    "allocation_list_make",
    "allocation_list_seal",
    "allocation_list_upload",
    "blinding_integrity",
    "board_recommend",
    "board_report_detail",
    "board_report_file",
    "board_report_list",
    "closed_report_detail",
    "closed_report_file",
    "count_compare",
    "count_detail",
    "count_enter",
    "count_inventory",
    "count_list",
    "count_resolve",
    "count_second",
    "drill_detail",
    "drill_list",
    "envelope_issue",
    "envelope_list",
    "envelope_opened",
    "envelope_return",
    "kit_contents",
    "kit_custody",
    "kit_detail",
    "kit_dispense",
    "kit_list",
    "kit_move",
    "kit_receive",
    "kit_return",
    "kit_reverse",
    "lot_ledger",
    "randomisation_detail",
    "randomise",
    "rehearsal",
    "stock_list",
    "supply_forecast",
    "temperature_list",
    "unblind",
    "unblinding_form",
    "unblinding_list",
]
