"""Pages of the raters, behind the firewall, and of the site, which sees a status and no score."""

from assessments.views.forms import assessment_list, form_detail, rater_assign
from assessments.views.guesses import guess_of_participant, guess_record, guess_tablet
from assessments.views.incidents import incident_detail, incident_list, incident_report
from assessments.views.ratings import (
    rating_detail,
    rating_item,
    rating_list,
    rating_lock,
    unblinding_report,
)

__all__ = [
    "assessment_list",
    "form_detail",
    "guess_of_participant",
    "guess_record",
    "guess_tablet",
    "incident_detail",
    "incident_list",
    "incident_report",
    "rater_assign",
    "rating_detail",
    "rating_item",
    "rating_list",
    "rating_lock",
    "unblinding_report",
]
