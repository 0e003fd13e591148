"""Pages of the pharmacy, one module for each noun."""

from pharmacy.views.kits import kit_contents, kit_detail, kit_dispense, kit_list, kit_receive, kit_return
from pharmacy.views.lists import allocation_list, allocation_list_make, allocation_list_seal
from pharmacy.views.randomisation import randomisation_detail, randomise
from pharmacy.views.unblinding import unblind, unblinding_form, unblinding_list

__all__ = [
    "allocation_list",
    "allocation_list_make",
    "allocation_list_seal",
    "kit_contents",
    "kit_detail",
    "kit_dispense",
    "kit_list",
    "kit_receive",
    "kit_return",
    "randomisation_detail",
    "randomise",
    "unblind",
    "unblinding_form",
    "unblinding_list",
]
