"""Addresses of pages: found once for each page, as finding one anew for every row of a list cost more than the row."""

import re
from functools import lru_cache

from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, reverse

# What stands in an address as it is: a public id, a code.
PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")
PLACE = "0placeholder{}0"


def address_of(name: str, *args: object) -> str:
    """Returns what Django's `reverse` returns for a page's name and the parts of its address."""
    texts = [str(arg) for arg in args]
    parts = _parts(get_resolver(get_urlconf()), name, len(texts))
    if parts is None or not all(PLAIN.match(text) for text in texts):
        return str(reverse(name, args=args))
    return "".join(part + text for part, text in zip(parts, [*texts, ""], strict=True))


@lru_cache(maxsize=2048)
def _parts(resolver: URLResolver, name: str, number: int) -> tuple[str, ...] | None:
    """Returns what stands before, between and after the parts that differ; None where not every text may stand."""
    places = [PLACE.format(place) for place in range(number)]
    try:
        address = reverse(name, args=places)
    except NoReverseMatch:
        if number == 0:
            raise
        return None
    return tuple(re.split("|".join(places), address)) if places else (address,)
