"""Who meets which page: the pages that are read, for every member of the cast, at the own and at the other site.

The table is written by hand and not read from the code that it checks. An address without a line here is red.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Person
from tests.architecture.test_views import OURS, POST_ONLY, PUBLIC, SIGNED_IN
from tests.cast import CAST
from tests.furnished import furnished
from tests.stages import consented

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
    "assessments:instrument-list": CLINICAL | {"phil", "petra", "stan", "adam"},
    "trials:consent-form-list": CLINICAL,
    "trials:consent-form-load": {"ada", "ben", "cleo", "carl"},
    "trials:delegation-list": CLINICAL - {"tess", "theo"},
    "trials:delegation-decide": {"ada", "cleo"},
    "trials:duty-list": SITE_A | {"cleo", "carl", "phil", "petra", "rhea", "rolf"},
    "trials:qualification-list": CLINICAL - {"tess", "theo"},
    "trials:people-list": {"adam"},
    "trials:rights": {"adam", "dev"},
    "trials:person-invite": {"adam"},
    "patients:screening-list": CLINICAL,
    "patients:campaign-list": {"ada", "ben", "cleo", "carl"},
    "patients:participant-add": {"ben", "carl"},
    "patients:lead-list": {"ada", "ben", "cleo", "carl"},
    "patients:lead-add": {"ben", "carl"},
    "patients:waiting-list": {"ada", "ben", "cleo", "carl"},
    # Counts alone, of the sites that somebody sees anyway.
    "patients:recruitment-funnel": CLINICAL,
    "patients:identity-view-list": {"ada", "cleo"},
    "patients:result-files": {"ada", "ben", "cleo", "carl"},
    "patients:result-template": {"ada", "ben", "cleo", "carl"},
    "patients:range-list": CLINICAL,
    "patients:range-add": {"ada", "ben", "cleo", "carl"},
    "assessments:completeness": CLINICAL,
    "assessments:rating-list": {"rhea", "rolf"},
    "assessments:rater-pool": {"dev"},
    # A slip of blinding is told to the data manager alone, whoever else may export.
    "assessments:incident-list": {"dev"},
    "assessments:assessment-list": {"ben", "carl"},
    "pharmacy:unblinding-list": {"ada", "cleo", "mel", "sofia"},
    "pharmacy:kit-list": {"phil", "petra"},
    "pharmacy:kit-contents": {"phil", "petra"},
    "pharmacy:kit-receive": {"phil", "petra"},
    "pharmacy:stock-list": {"phil", "petra"},
    "pharmacy:count-list": {"phil", "petra"},
    "pharmacy:temperature-list": {"phil", "petra"},
    "pharmacy:supply-forecast": {"phil", "petra"},
    "pharmacy:envelope-list": {"phil", "petra"},
    "pharmacy:drill-list": {"ada", "cleo", "mel"},
    "pharmacy:allocation-list": {"stan"},
    "pharmacy:rehearsal": {"stan"},
    "pharmacy:blinding-integrity": {"stan"},
    # The open report has no arm; the closed one opens to the statistician alone.
    "pharmacy:board-report-list": {"dev", "sofia", "mel", "stan"},
    "sessions:session-list": CLINICAL,
    "sessions:room-list": {"ada", "ben", "cleo", "carl"},
    "sessions:cover-list": {"ada", "ben", "cleo", "carl"},
    "sessions:calendar-own": EVERYBODY,
    "integration:integration-list": SITE_A | {"cleo", "carl"},
    "integration:adherence-board": {"ada", "cleo", "dev"},
    "integration:review-list": {"rita"},
    "portal:boundary-list": {"sofia"},
    "integration:follow-up-list": SITE_A | {"cleo", "carl"},
    "safety:board": CLINICAL,
    "safety:adverse-event-list": CLINICAL,
    "safety:adverse-event-file": {"dev", "sofia"},
    "safety:finding-list": {"dev", "sofia"},
    "safety:adverse-event-start": SITE_A | {"cleo", "carl"},
    "trials:reference-list": CLINICAL,
    # What is expected of the study drug is the sponsor's to say.
    "trials:reference-add": {"sofia"},
    "coding:coding-list": {"dev", "sofia"},
    "coding:dictionary-list": {"dev", "sofia"},
    "coding:dictionary-load": {"dev", "sofia"},
    # What leaves for regulators is the sponsor's desk's alone.
    "reports:case-list": {"sofia"},
    # Apart from every site and from the sponsor's blinded people, the safety desk among them.
    "reports:regulator-list": {"stan"},
    "safety:alert-list": CLINICAL,
    "safety:alert-banner": SITE_A | {"cleo", "carl", "sofia", "mel"},
    "safety:mention-list": CLINICAL,
    "safety:hold-list": CLINICAL,
    # A hold of the whole trial is the sponsor's and the medical monitor's.
    "safety:trial-hold-place": {"sofia", "mel"},
    "safety:deviation-list": CLINICAL,
    "safety:deviation-trends": CLINICAL,
    # Anybody may tell of conduct; only the desk works on it, and hands out the register.
    "safety:complaint-tell": EVERYBODY,
    "safety:complaint-list": {"sofia", "orla"},
    "safety:complaint-register": {"sofia", "orla"},
    # What was said past the site is read by its desk, and by nobody of the site.
    "portal:confidential-list": {"sofia", "orla"},
    "reminders:outbox": {"ada", "ben", "cleo", "carl"},
    "sponsors:export-list": {"dev", "sofia"},
    "sponsors:token-list": {"dev"},
    "sponsors:token-add": {"dev"},
}
OF_SITE_A: dict[str, set[str]] = {
    "overview:timeline": AT_SITE_A,
    "overview:visit-move": {"ada", "ben"},
    "patients:participant-identity": {"ada", "ben"},
    "patients:identity-erase": {"ada"},
    "patients:lead-detail": {"ada", "ben"},
    "patients:lead-identity": {"ada", "ben"},
    "patients:lead-identity-change": {"ben"},
    "patients:lead-prescreen": {"ben"},
    "overview:participant-history": {"ada", "ben", "mona", "dev"},
    "patients:consent": {"ada", "ben"},
    "patients:consent-paper": {"ada", "ben"},
    "patients:consent-document": AT_SITE_A,
    # What shows the name opens to those who may see identities.
    "patients:consent-named": {"ada", "ben"},
    "patients:consent-scan": {"ada", "ben"},
    "patients:signing-start": {"ada", "ben"},
    "patients:signing-close": {"ada", "ben"},
    "patients:campaign-detail": {"ada", "ben"},
    "patients:preference-list": SITE_A,
    # Nothing changes for whoever is under the version consented to.
    "patients:participant-move": set(),
    # Open on a tablet that was handed over, and nowhere else.
    "patients:signing-detail": set(),
    "patients:withdrawal": {"ada", "ben"},
    "patients:contact-consent": {"ada", "ben"},
    "patients:screening": AT_SITE_A,
    "patients:screening-record": {"ada", "ben"},
    "patients:fact-correct": {"ada", "ben"},
    "patients:history": AT_SITE_A,
    "patients:medicines": AT_SITE_A,
    "patients:results": AT_SITE_A,
    "patients:judgements": AT_SITE_A,
    "patients:entry-add": {"ada", "ben"},
    "patients:entry-change": {"ada", "ben"},
    "patients:result-file": {"ada", "ben"},
    "patients:result-original": {"ada", "ben"},
    "patients:eligibility": AT_SITE_A,
    "patients:screen-failure": {"ada", "ben"},
    "patients:visit-detail": AT_SITE_A,
    "pharmacy:randomisation-detail": {"ada", "ben"},
    "pharmacy:unblinding-form": {"ada", "mel"},
    "pharmacy:kit-detail": {"phil"},
    "pharmacy:kit-custody": {"phil"},
    # Both sites hold the same lot; each pharmacist reads the own ledger of it.
    "pharmacy:lot-ledger": {"phil", "petra"},
    "pharmacy:count-detail": {"phil"},
    # The pharmacist counts by lot; the second person, who may be blinded, does not.
    "pharmacy:count-second": {"ada", "ben", "tess", "theo"},
    "pharmacy:count-inventory": {"phil"},
    "pharmacy:envelope-issue": {"phil"},
    "pharmacy:envelope-return": {"phil"},
    "pharmacy:envelope-opened": {"phil"},
    "pharmacy:drill-detail": {"ada", "mel"},
    "pharmacy:board-report-detail": {"dev", "sofia", "mel", "stan"},
    "pharmacy:board-report-file": {"dev", "sofia", "mel", "stan"},
    "pharmacy:closed-report-detail": {"stan"},
    "pharmacy:closed-report-file": {"stan"},
    "trials:delegation-detail": AT_SITE_A - {"tess", "theo"},
    "trials:consent-form-detail": AT_SITE_A,
    "trials:reference-detail": CLINICAL,
    "trials:protocol-detail": CLINICAL | {"phil", "petra", "stan", "adam"},
    "assessments:instrument-detail": CLINICAL | {"phil", "petra", "stan", "adam"},
    "trials:person-detail": {"adam"},
    # A rating is the drawn rater's own and nobody else's, not even of another rater.
    "assessments:form-add": SITE_A,
    "assessments:form-edit": {"dev"},
    "assessments:form-new": {"dev"},
    "assessments:form-publish": {"dev"},
    "assessments:rating-detail": {"rhea"},
    "assessments:rating-lock": {"rhea"},
    "assessments:unblinding-report": {"rhea"},
    "assessments:rating-correct": {"rhea"},
    # The data manager sees states alone, and releases the ratings.
    "assessments:participant-outcome": {"ada", "ben", "mona", "dev"},
    "assessments:form-detail": SITE_A,
    "assessments:form-correct": SITE_A,
    "assessments:guess-record": {"ben", "tess", "theo"},
    # The participant's guess is handed over or entered; nobody at the site reads it afterwards.
    "assessments:guess-of-participant": SITE_A,
    "assessments:guess-tablet": SITE_A,
    "assessments:incident-report": AT_SITE_A,
    "assessments:incident-detail": {"dev"},
    "sessions:session-prepare": AT_SITE_A,
    "sessions:session-detail": AT_SITE_A,
    "sessions:session-table": AT_SITE_A,
    "sessions:entry-stream": AT_SITE_A,
    "sessions:session-shell": SITE_A - {"ben"},
    "sessions:session-record": AT_SITE_A,
    "sessions:paper-list": SITE_A - {"ben"},
    "sessions:paper-scan": AT_SITE_A,
    "sessions:flow-sheet": AT_SITE_A,
    "sessions:interview-book": {"ben"},
    "sessions:crf-pack": AT_SITE_A,
    "sessions:preparation-detail": {"ada", "tess", "theo"},
    "sessions:session-abandon": SITE_A - {"ben"},
    "sessions:entry-detail": SITE_A - {"ben"},
    # The sponsor's people read no therapy note, and a coordinator makes calls but reads no note.
    "integration:note-detail": {"tess", "theo"},
    "integration:note-review": {"ada", "tess", "theo"},
    "integration:recording-detail": {"ada", "tess", "theo"},
    "integration:contact-detail": SITE_A,
    "integration:contact-unscheduled": SITE_A,
    "integration:enquiry-detail": SITE_A,
    # A review is its reviewer's own; supervision sees what was rated, never a page of the reviewer.
    "integration:review-detail": {"rita"},
    "integration:pair-sign-off": {"ada"},
    "integration:rest-restore": {"ada"},
    "portal:boundary-detail": {"sofia"},
    "integration:tracing-detail": SITE_A,
    "integration:intercurrent-list": SITE_A,
    "integration:intercurrent-change": SITE_A,
    "portal:own-pages-detail": {"ben"},
    "portal:confidential-detail": {"sofia", "orla"},
    "safety:adverse-event-report": SITE_A,
    "safety:adverse-event-detail": AT_SITE_A,
    "safety:adverse-event-revise": SITE_A,
    "safety:alert-acknowledge": SITE_A | {"mel", "sofia"},
    "safety:mention-detail": AT_SITE_A,
    "safety:finding-detail": {"dev", "sofia"},
    # Told by Ben about Tess: the desk reads it, and Ben how it stands.
    "safety:complaint-detail": {"ben", "sofia", "orla"},
    "safety:hold-place": {"ada", "sofia", "mel"},
    "safety:hold-detail": AT_SITE_A,
    # Everybody is told that dosing is on hold everywhere, and nothing of whom it is about.
    "safety:trial-hold-detail": CLINICAL,
    "safety:annual-report-detail": {"sofia"},
    "safety:deviation-record": SITE_A | {"mona"},
    "safety:deviation-detail": AT_SITE_A,
    "coding:coding-detail": {"dev", "sofia"},
    "coding:dictionary-detail": {"dev", "sofia"},
    "reports:case-detail": {"sofia"},
    "reports:case-paper": {"sofia"},
    "reports:report-file": {"sofia"},
    "reminders:message-detail": {"ada", "ben"},
    # What an export holds is seen by who asked for it.
    "sponsors:export-detail": {"dev"},
    "sponsors:export-file": {"dev"},
}
# Who may read is led to another page by these.
LED_ELSEWHERE = {
    "integration:note-detail": {"ada"},
    "patients:signing-detail": {"ada", "ben"},
    "patients:participant-move": {"ada", "ben"},
}
AT_SITE_B = {"cleo", "carl"} | ALL_SITES
OF_SITE_B: dict[str, set[str]] = {
    "overview:timeline": AT_SITE_B,
    "patients:participant-identity": {"cleo", "carl"},
    "overview:participant-history": {"cleo", "carl", "mona", "dev"},
    "patients:consent": {"cleo", "carl"},
    "assessments:participant-outcome": {"cleo", "carl", "mona", "dev"},
    "patients:screening": AT_SITE_B,
    "patients:history": AT_SITE_B,
    "patients:medicines": AT_SITE_B,
    "patients:results": AT_SITE_B,
    "patients:judgements": AT_SITE_B,
    "patients:eligibility": AT_SITE_B,
    "pharmacy:unblinding-form": {"cleo", "mel"},
    "safety:adverse-event-report": {"cleo", "carl"},
    "safety:hold-place": {"cleo", "sofia", "mel"},
    "safety:deviation-record": {"cleo", "carl", "mona"},
}
HANDWRITTEN = LISTS | OF_SITE_A


def strangers_and_guests(name: str, address: str, expected: set[str], browsers: dict[str, Client]) -> list[str]:
    """Returns every way in which the page differs from its line."""
    led, wrong = LED_ELSEWHERE.get(name, set()), []
    for username, browser in browsers.items():
        answer = browser.get(address)
        status = answer.status_code
        # A moment is markup: written into a sentence it would be read aloud with its tags.
        if not answer.streaming and b"&lt;time" in answer.content:
            wrong.append(f"{name}: {username} reads markup")
        if status != (200 if username in expected else 302 if username in led else 404):
            wrong.append(f"{name}: {username} gets {status}")
    if Client().get(address).status_code != 302:
        wrong.append(f"{name}: a stranger is not asked to sign in")
    return wrong


@pytest.mark.django_db(databases=["default", "unblinded"])
def test_everybody_meets_the_pages_of_the_table_and_no_others(
    world: Any, client_for: Callable[[Person], Client], tmp_path: Path
) -> None:
    browsers = {username: client_for(world.people[username]) for username in sorted(EVERYBODY)}

    with furnished(world, folder=tmp_path) as trial:
        addresses = {name: reverse(name) for name in LISTS} | {name: trial.address(name) for name in OF_SITE_A}
        wrong = [
            line
            for name, expected in HANDWRITTEN.items()
            for line in strangers_and_guests(name, addresses[name], expected, browsers)
        ]

    assert wrong == []


def test_the_other_site_is_as_closed(world: Any, client_for: Callable[[Person], Client], carl: Person) -> None:
    browsers = {username: client_for(world.people[username]) for username in sorted(EVERYBODY)}
    participant = consented(world, by=carl, at=AT, site="B")

    wrong = [
        line
        for name, expected in OF_SITE_B.items()
        for line in strangers_and_guests(name, reverse(name, args=[participant.public_id]), expected, browsers)
    ]

    assert wrong == []


def test_every_address_has_its_line() -> None:
    ours = {name for name, _, _ in OURS if not name.startswith("sponsors:api-")}
    lines = [set(HANDWRITTEN), set(POST_ONLY), PUBLIC, SIGNED_IN]

    assert ours - set().union(*lines) == set()
    assert (set(HANDWRITTEN) | set(POST_ONLY)) - ours == set()
    assert set(HANDWRITTEN) & set(POST_ONLY) == set()


# Reached by a button of a page of the rail, or by the frame itself.
NOT_IN_THE_RAIL = {
    "trials:consent-form-load",
    "trials:delegation-decide",
    "overview:search", "patients:participant-add", "trials:person-invite", "safety:adverse-event-start",
    "safety:alert-banner", "sponsors:token-add", "patients:lead-add", "patients:range-add", "patients:result-template",
    "safety:trial-hold-place", "trials:reference-add",
    "coding:dictionary-list", "coding:dictionary-load",
    "safety:adverse-event-file", "safety:deviation-trends",
    "safety:complaint-tell", "safety:complaint-register",
}  # fmt: skip


@pytest.mark.parametrize("username", sorted(CAST))
def test_rail_has_seven_groups_at_most_and_leads_to_every_list_of_the_person(username, world, client_for):
    client = client_for(world.people[username])

    groups = client.get("/").context["nav"].groups

    addresses = {link.url for group in groups for link in group.links}
    mine = {reverse(name) for name, people in LISTS.items() if username in people and name not in NOT_IN_THE_RAIL}
    assert len(groups) <= 7
    assert addresses == mine
