"""Pages of the raters, behind the firewall, and of the site, which sees a status and no score."""

from assessments.views.forms import assessment_list, form_detail, rater_assign
from assessments.views.guesses import guess_record
from assessments.views.ratings import (
    incident_list,
    rating_detail,
    rating_item,
    rating_list,
    rating_lock,
    unblinding_report,
)

__all__ = [
    "assessment_list",
    "form_detail",
    "guess_record",
    "incident_list",
    "rater_assign",
    "rating_detail",
    "rating_item",
    "rating_list",
    "rating_lock",
    "unblinding_report",
]
