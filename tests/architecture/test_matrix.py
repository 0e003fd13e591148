"""Who meets which page: the pages that are read, for every member of the cast, at the own and at the other site.

The table is written by hand and not read from the code that it checks. An address without a line here is red.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Person
from pharmacy.models import Kit
from tests.architecture.test_views import OURS, POST_ONLY, PUBLIC, SIGNED_IN
from tests.cast import CAST
from tests.stages import randomised
from trials.models import Delegation

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
EVERYBODY = set(CAST)
SITE_A = {"ada", "ben", "tess", "theo"}
ALL_SITES = {"dev", "sofia", "mona", "mel"}
CLINICAL = SITE_A | {"cleo", "carl"} | ALL_SITES
AT_SITE_A = SITE_A | ALL_SITES
LISTS: dict[str, set[str]] = {
    "overview:worklist": EVERYBODY,
    "overview:search": CLINICAL | {"phil", "petra"},
    "overview:matrix": CLINICAL,
    "trials:protocol-list": CLINICAL | {"phil", "petra", "stan", "adam"},
    "trials:delegation-list": CLINICAL - {"tess", "theo"},
    "trials:delegation-decide": {"ada", "cleo"},
    "trials:duty-list": SITE_A | {"cleo", "carl", "phil", "petra", "rhea", "rolf"},
    "trials:qualification-list": CLINICAL - {"tess", "theo"},
    "trials:people-list": {"adam"},
    "trials:person-invite": {"adam"},
    "patients:screening-list": CLINICAL,
    "patients:participant-add": {"ben", "carl"},
    "assessments:rating-list": {"rhea", "rolf"},
    # A slip of blinding is told to the data manager alone, whoever else may export.
    "assessments:incident-list": {"dev"},
    "assessments:assessment-list": {"ben", "carl"},
    "pharmacy:unblinding-list": {"ada", "cleo", "mel", "sofia"},
    "pharmacy:kit-list": {"phil", "petra"},
    "pharmacy:kit-contents": {"phil", "petra"},
    "pharmacy:kit-receive": {"phil", "petra"},
    "pharmacy:allocation-list": {"stan"},
    "sessions:session-list": CLINICAL,
    "integration:integration-list": SITE_A | {"cleo", "carl"},
    "safety:board": CLINICAL,
    "safety:adverse-event-list": CLINICAL,
    "safety:adverse-event-start": SITE_A | {"cleo", "carl"},
    "safety:alert-list": CLINICAL,
    "safety:alert-banner": SITE_A | {"cleo", "carl", "sofia", "mel"},
    "safety:deviation-list": CLINICAL,
    "reminders:outbox": {"ada", "ben", "cleo", "carl"},
    "sponsors:export-list": {"dev", "sofia"},
    "sponsors:token-list": {"dev"},
    "sponsors:token-add": {"dev"},
}
OF_PARTICIPANT_A: dict[str, set[str]] = {
    "overview:timeline": AT_SITE_A,
    "patients:participant-identity": {"ada", "ben"},
    "overview:participant-history": {"ada", "ben", "mona", "dev"},
    "patients:consent": {"ada", "ben"},
    "patients:withdrawal": {"ada", "ben"},
    "patients:contact-consent": {"ada", "ben"},
    "patients:screening": AT_SITE_A,
    "patients:eligibility": AT_SITE_A,
    "pharmacy:randomisation-detail": {"ada", "ben"},
    "pharmacy:unblinding-form": {"ada", "mel"},
    "safety:adverse-event-report": SITE_A,
    "safety:deviation-record": SITE_A | {"mona"},
}
OF_VISIT_A: dict[str, set[str]] = {"patients:visit-detail": AT_SITE_A, "overview:visit-move": {"ada", "ben"}}
OF_OTHERS: dict[str, set[str]] = {
    "trials:delegation-detail": AT_SITE_A - {"tess", "theo"},
    "trials:protocol-detail": CLINICAL | {"phil", "petra", "stan", "adam"},
    "trials:person-detail": {"adam"},
    "pharmacy:kit-detail": {"phil"},
}
# Not walked here: only posted to, or of an object that this participant does not have yet.
ELSEWHERE = {
    "trials:delegation-delegate",
    "trials:person-send-link",
    "patients:screening-record",
    "patients:fact-correct",
    "patients:eligibility-sign",
    "patients:screen-failure",
    "patients:visit-book",
    "patients:visit-miss",
    "patients:visit-procedure",
    "assessments:rating-detail",
    "assessments:rating-item",
    "assessments:rating-lock",
    "assessments:unblinding-report",
    "assessments:form-detail",
    "pharmacy:kit-return",
    "pharmacy:allocation-list-make",
    "sessions:session-prepare",
    "sessions:session-detail",
    "sessions:session-table",
    "sessions:effect-observe",
    "sessions:note-write",
    "sessions:distress-rate",
    "sessions:medicine-give",
    "sessions:presence-record",
    "sessions:supplemental-decide",
    "sessions:condition-override",
    "sessions:discharge-check",
    "sessions:entry-withdraw",
    "integration:note-detail",
    "integration:risk-record",
    "integration:contact-detail",
    "safety:adverse-event-detail",
    "safety:adverse-event-revise",
    "safety:adverse-event-receive",
    "safety:adverse-event-determine",
    "safety:alert-acknowledge",
    "safety:deviation-detail",
    "safety:deviation-refuse",
    "reminders:message-detail",
    "sponsors:export-detail",
    "sponsors:export-file",
}
HANDWRITTEN = LISTS | OF_PARTICIPANT_A | OF_VISIT_A | OF_OTHERS


def strangers_and_guests(
    name: str, key: str | None, expected: set[str], world: Any, client_for: Callable[[Person], Client]
) -> list[str]:
    """Returns every way in which the page differs from its line."""
    address = reverse(name, args=[key] if key else [])
    wrong = []
    for username in sorted(EVERYBODY):
        status = client_for(world.people[username]).get(address).status_code
        if status != (200 if username in expected else 404):
            wrong.append(f"{name}: {username} gets {status}")
    if Client().get(address).status_code != 302:
        wrong.append(f"{name}: a stranger is not asked to sign in")
    return wrong


@pytest.mark.django_db(databases=["default", "unblinded"])
def test_everybody_meets_the_pages_of_the_table_and_no_others(
    world: Any, client_for: Callable[[Person], Client], ada: Person, ben: Person
) -> None:
    participant = randomised(world, by=ben, investigator=ada, at=AT)
    visit = participant.visits.get(code="V5")
    keys: dict[str, str | None] = {
        **dict.fromkeys(LISTS),
        **dict.fromkeys(OF_PARTICIPANT_A, participant.public_id),
        **dict.fromkeys(OF_VISIT_A, visit.public_id),
        "trials:delegation-detail": Delegation.objects.filter(person=ben).earliest("pk").public_id,
        "trials:protocol-detail": world.version.public_id,
        "trials:person-detail": ben.public_id,
        "pharmacy:kit-detail": Kit.objects.filter(site=participant.site).earliest("pk").public_id,
    }

    wrong = [
        line
        for name, expected in HANDWRITTEN.items()
        for line in strangers_and_guests(name, keys[name], expected, world, client_for)
    ]

    assert wrong == []


def test_every_address_has_its_line() -> None:
    ours = {name for name, _, _ in OURS if not name.startswith("sponsors:api-")}
    lines = [set(HANDWRITTEN), ELSEWHERE, set(POST_ONLY), PUBLIC, SIGNED_IN]

    assert ours - set().union(*lines) == set()
    assert (set(HANDWRITTEN) | ELSEWHERE | set(POST_ONLY)) - ours == set()


# Reached by a button of a page of the rail, or by the frame itself.
NOT_IN_THE_RAIL = {
    "trials:delegation-decide",
    "overview:search", "patients:participant-add", "trials:person-invite", "safety:adverse-event-start",
    "safety:alert-banner", "sponsors:token-add",
}  # fmt: skip


@pytest.mark.parametrize("username", sorted(CAST))
def test_rail_has_seven_groups_at_most_and_leads_to_every_list_of_the_person(username, world, client_for):
    client = client_for(world.people[username])

    groups = client.get("/").context["nav"]

    addresses = {link["url"] for group in groups for link in group["links"]}
    mine = {reverse(name) for name, people in LISTS.items() if username in people and name not in NOT_IN_THE_RAIL}
    assert len(groups) <= 7
    assert addresses == mine
