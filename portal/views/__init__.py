"""The participant's own pages, and what the site and the desk see of them."""

from portal.views.boundaries import boundary_detail, boundary_list
from portal.views.desk import confidential_detail, confidential_list
from portal.views.forms import form_complete, form_detail, item_answer
from portal.views.own import choice_keep, code_enter, contact, diary, home, leave, line, pause, preparation
from portal.views.staff import own_pages_detail

__all__ = [
    "boundary_detail",
    "boundary_list",
    "choice_keep",
    "code_enter",
    "confidential_detail",
    "confidential_list",
    "contact",
    "diary",
    "form_complete",
    "form_detail",
    "home",
    "item_answer",
    "leave",
    "line",
    "own_pages_detail",
    "pause",
    "preparation",
]
