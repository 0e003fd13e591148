"""The one-click sign-in of the demo: the list on the sign-in page. This room is installed in demo and test only."""

from typing import Any

from django.http import HttpRequest

from core.models import Person
from core.roles import ROLES
from demo.people import PEOPLE, PIN


def demo_people(request: HttpRequest) -> dict[str, Any]:
    """Returns the demo people by role, for the sign-in page alone."""
    match = request.resolver_match
    if match is None or match.url_name != "account_login":
        return {}
    known = {person.username: person for person in Person.objects.filter(is_system=False, is_active=True)}
    groups: dict[str, dict[str, Any]] = {}
    for member in PEOPLE:
        if member.username not in known:
            continue
        group = groups.setdefault(
            member.role, {"role": member.role.label, "sentence": ROLES[member.role].sentence, "people": []}
        )
        group["people"].append(
            {"public_id": known[member.username].public_id, "name": member.name, "site": member.site}
        )
        group["pin"] = PIN if member.has_pin else ""
    return {"demo_people": list(groups.values())}
