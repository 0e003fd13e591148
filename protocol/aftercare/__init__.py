"""What follows a dosing session, as the protocol's block `aftercare` says it: its parts and the rules over them."""

from protocol.aftercare.parts import (
    Aftercare,
    Approach,
    Calls,
    Element,
    EnquiryTime,
    HarmEnquiry,
    IntegrationTherapy,
    OwnPages,
    Wellbeing,
    aftercare_from,
)
from protocol.aftercare.rules import EnquiryWindow, enquiry_window, is_worse, months_later

__all__ = [
    "Aftercare",
    "Approach",
    "Calls",
    "Element",
    "EnquiryTime",
    "EnquiryWindow",
    "HarmEnquiry",
    "IntegrationTherapy",
    "OwnPages",
    "Wellbeing",
    "aftercare_from",
    "enquiry_window",
    "is_worse",
    "months_later",
]
