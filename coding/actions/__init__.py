"""Verbs that write codings: load a dictionary, put one in use, code by itself, code by hand, ask."""

from coding.actions.codings import code_by_hand, code_waiting, gather, query_wording
from coding.actions.dictionaries import adopt_dictionary, load_dictionary

__all__ = ["adopt_dictionary", "code_by_hand", "code_waiting", "gather", "load_dictionary", "query_wording"]
