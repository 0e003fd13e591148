"""Verbs of the own pages: open and leave them, answer, write, and speak past the site."""

from portal.actions.access import leave, make_code, open_pages, send_link
from portal.actions.pages import answer_item, choose_contact, complete_form, go_on, pause, write_diary
from portal.actions.reports import acknowledge_report, send_report

__all__ = [
    "acknowledge_report",
    "answer_item",
    "choose_contact",
    "complete_form",
    "go_on",
    "leave",
    "make_code",
    "open_pages",
    "pause",
    "send_link",
    "send_report",
    "write_diary",
]
