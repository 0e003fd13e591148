"""What a page says to its reader, without what is drawn at random for each answer."""

import re
from io import BytesIO

from django.http import HttpResponseBase
from pypdf import PdfReader

# The form token is drawn anew for every answer and the submission's id for every form: neither says anything.
DRAWN = re.compile(r'name="(?:csrfmiddlewaretoken|submission_id)" value="[^"]*"')


def text_of(answer: HttpResponseBase) -> str:
    """Returns the body of an answer without its drawn tokens."""
    return DRAWN.sub("", _content_of(answer).decode("utf-8", "replace"))


def words_of(answer: HttpResponseBase) -> str:
    """Returns the body of an answer without its drawn tokens; of a PDF, whose text is packed, what it says."""
    if answer.get("Content-Type", "").startswith("application/pdf"):
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(_content_of(answer))).pages)
    return text_of(answer)


def _content_of(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def says(text: str, words: str) -> bool:
    """Returns whether the words stand in a text whole: 'V9' stands in 'at V9.' and not in the opaque 'NP5-V9C'."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(words)}(?![A-Za-z0-9])", text) is not None
