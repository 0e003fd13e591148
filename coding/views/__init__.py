"""Pages of the coders: the queue and one verbatim, dictionaries and what another version changes."""

from coding.views.codings import coding_accept, coding_ask, coding_detail, coding_list
from coding.views.dictionaries import dictionary_adopt, dictionary_detail, dictionary_list, dictionary_load

__all__ = [
    "coding_accept",
    "coding_ask",
    "coding_detail",
    "coding_list",
    "dictionary_adopt",
    "dictionary_detail",
    "dictionary_list",
    "dictionary_load",
]
