"""Pages of the trial's own administration, one module for each noun."""

from trials.views.consent_forms import (
    consent_form_approve,
    consent_form_detail,
    consent_form_list,
    consent_form_load,
)
from trials.views.delegations import (
    delegation_accept,
    delegation_decide,
    delegation_delegate,
    delegation_detail,
    delegation_end,
    delegation_list,
    duty_list,
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
from trials.views.qualifications import qualification_list, qualification_withdraw
from trials.views.reference import reference_add, reference_detail, reference_list
from trials.views.rights import rights

__all__ = [
    "consent_form_approve",
    "consent_form_detail",
    "consent_form_list",
    "consent_form_load",
    "delegation_accept",
    "delegation_decide",
    "delegation_delegate",
    "delegation_detail",
    "delegation_end",
    "delegation_list",
    "duty_list",
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
    "qualification_list",
    "qualification_withdraw",
    "reference_add",
    "reference_detail",
    "reference_list",
    "rights",
]
