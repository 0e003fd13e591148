"""Verbs of this room, one module for each noun."""

from assessments.actions.corrections import correct_item
from assessments.actions.forms import (
    add_form,
    begin_form,
    give_up_draft,
    keep_draft,
    publish_form,
    take_form_along,
)
from assessments.actions.guesses import record_guess, record_guess_on_behalf, record_guess_on_tablet
from assessments.actions.incidents import assess_incident, report_incident, report_unblinding
from assessments.actions.ratings import (
    assign_rater,
    cancel_assessments,
    close_what_comes_too_late,
    complete_form,
    enter_and_complete,
    enter_item,
    enter_items,
    lock_assessment,
    lock_rating,
    prepare_assessments,
)
from assessments.actions.releases import release_ratings
from assessments.actions.wording import keep_texts

__all__ = [
    "add_form",
    "assess_incident",
    "assign_rater",
    "begin_form",
    "cancel_assessments",
    "close_what_comes_too_late",
    "complete_form",
    "correct_item",
    "enter_and_complete",
    "enter_item",
    "enter_items",
    "give_up_draft",
    "keep_draft",
    "keep_texts",
    "lock_assessment",
    "lock_rating",
    "prepare_assessments",
    "publish_form",
    "record_guess",
    "record_guess_on_behalf",
    "record_guess_on_tablet",
    "release_ratings",
    "report_incident",
    "report_unblinding",
    "take_form_along",
]
