"""Pages of the raters, behind the firewall, and of the site, which sees a status and no score."""

from assessments.views.corrections import form_correct, rating_correct
from assessments.views.form_editor import form_add, form_edit, form_new, form_preview, form_publish
from assessments.views.forms import assessment_list, form_detail, rater_assign
from assessments.views.guesses import guess_of_participant, guess_record, guess_tablet
from assessments.views.incidents import incident_detail, incident_list, incident_report
from assessments.views.instruments import instrument_detail, instrument_list
from assessments.views.outcomes import completeness, participant_outcome
from assessments.views.raters import rater_pool
from assessments.views.ratings import (
    rating_detail,
    rating_item,
    rating_list,
    rating_lock,
    unblinding_report,
)

__all__ = [
    "assessment_list",
    "completeness",
    "form_correct",
    "form_detail",
    "form_add",
    "form_edit",
    "form_new",
    "form_preview",
    "form_publish",
    "guess_of_participant",
    "guess_record",
    "guess_tablet",
    "incident_detail",
    "incident_list",
    "incident_report",
    "instrument_detail",
    "instrument_list",
    "participant_outcome",
    "rater_assign",
    "rater_pool",
    "rating_correct",
    "rating_detail",
    "rating_item",
    "rating_list",
    "rating_lock",
    "unblinding_report",
]
