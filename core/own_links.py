"""The address of somebody's own pages: an opaque name with a mark that only Vigil can make, so that none is guessed."""

from django.conf import settings
from django.core import signing

SALT = "own pages"
PLACE = "/own/"


def own_address(public_id: str) -> str:
    """Returns the address that opens with the link of this name."""
    return f"{settings.BASE_URL}{PLACE}{_signer().sign(public_id)}/"


def named_in(token: str) -> str:
    """Returns the name of the link in an address, or nothing where Vigil did not make it."""
    try:
        return _signer().unsign(token)
    except signing.BadSignature:
        return ""


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
