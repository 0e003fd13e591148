"""Opaque cursors: where a page ended, sealed so that nothing can be read from them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadEncoding

from django.core.signing import BadSignature, Signer

from sponsors.api.problems import UnknownParameter

SIGNER = Signer(salt="sponsors.cursor")


def seal(position: int) -> str:
    """Returns a cursor for the row after which the next page begins."""
    return urlsafe_b64encode(SIGNER.sign(str(position)).encode()).decode()


def unseal(cursor: str) -> int:
    """Returns the position of a cursor; raises UnknownParameter when it is none of ours."""
    try:
        return int(SIGNER.unsign(urlsafe_b64decode(cursor.encode()).decode()))
    except (BadSignature, BadEncoding, ValueError):
        raise UnknownParameter("after", "This cursor is not one that the API gave out.") from None
