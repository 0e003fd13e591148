"""Pages of the trial's own administration, one module for each noun."""

from trials.views.delegations import (
    delegation_approve,
    delegation_delegate,
    delegation_detail,
    delegation_end,
    delegation_list,
)
from trials.views.people import (
    membership_end,
    people_list,
    person_deactivate,
    person_detail,
    person_grant,
    person_invite,
    person_send_link,
)
from trials.views.protocols import protocol_detail, protocol_list, protocol_sign

__all__ = [
    "delegation_approve",
    "delegation_delegate",
    "delegation_detail",
    "delegation_end",
    "delegation_list",
    "membership_end",
    "people_list",
    "person_deactivate",
    "person_detail",
    "person_grant",
    "person_invite",
    "person_send_link",
    "protocol_detail",
    "protocol_list",
    "protocol_sign",
]
