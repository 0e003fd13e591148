"""Reads on tokens."""

from sponsors.models import ApiToken
from trials.models import Site


def site_codes(token: ApiToken) -> list[str]:
    """Returns the codes of the sites that a token names, or of all sites when it names none."""
    sites = Site.objects.filter(trial_id=token.trial_id).order_by("code")
    chosen = sites.filter(pk__in=token.site_ids) if token.site_ids else sites
    return list(chosen.values_list("code", flat=True))
