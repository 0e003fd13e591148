"""Every address states who may come: none is open because somebody forgot to say so."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core import clock
from core.middleware import VIEWS_OF_LIBRARIES
from core.models import Person
from core.permissions import Viewer
from core.roles import Permission

# Whoever is not signed in may see these; each is named, so that a new one is noticed.
PUBLIC = {
    "healthz",
    "sessions:session-worker",
    # A calendar program has the secret address and nothing else.
    "sessions:calendar-feed",
    "sessions:tablet-open",
    "sponsors:api-docs",
    "sponsors:api-openapi",
    "demo:sign-in",
    # A participant's own pages open by link and code, and then to the stay that the browser's key opens.
    "portal:code-enter",
    "portal:choice-keep",
    *(f"portal:{page}" for page in ("home", "diary", "contact", "line", "preparation", "pause", "leave")),
    *(f"portal:{page}" for page in ("form-detail", "item-answer", "form-complete")),
}
SIGNED_IN = {"demo:progress", "pin-set"}
CONVERTED = {"str": "x", "int": "1"}


def addresses(resolver: Any = None, space: str = "", prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Returns every address of the product as (name, path, view)."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield space + str(entry.name or ""), path, entry.callback
        elif isinstance(entry, URLResolver):
            yield from addresses(entry, space + (f"{entry.namespace}:" if entry.namespace else ""), path)


def is_of_library(view: Any) -> bool:
    """Returns whether a library wrote the view."""
    return str(getattr(view, "__module__", "")).startswith(VIEWS_OF_LIBRARIES)


OURS = [entry for entry in addresses() if not is_of_library(entry[2])]


def statement_of(view: Any) -> tuple[Any, ...]:
    """Returns what a view states: permissions, or the scopes of a token."""
    return tuple(getattr(view, "permission", None) or getattr(getattr(view, "cls", None), "scopes", None) or ())


@pytest.mark.parametrize(("name", "path", "view"), OURS, ids=[name for name, _, _ in OURS])
def test_view_states_who_may_come(name: str, path: str, view: Any) -> None:
    stated = statement_of(view)
    if name in PUBLIC:
        # The API's description states that it asks for no scope.
        assert stated == ("public",) or view.cls.scopes == ()
    elif stated == ("signed in",):
        assert name in SIGNED_IN
    elif name.startswith("sponsors:api-"):
        assert all(isinstance(scope, str) and ":" in scope for scope in stated) and stated
    else:
        assert stated and all(permission in Permission for permission in stated)


def test_libraries_serve_accounts_only() -> None:
    foreign = {path for _, path, view in addresses() if is_of_library(view)}

    assert {path for path in foreign if not path.startswith("accounts/")} == set()


def test_no_two_addresses_have_one_name() -> None:
    names = [name for name, _, _ in OURS]

    assert sorted(names) == sorted(set(names)) and "" not in names


POST_ONLY = [
    "trials:consent-form-approve",
    "trials:protocol-sign", "trials:delegation-accept", "trials:delegation-delegate", "trials:delegation-end",
    "trials:qualification-withdraw", "trials:person-grant", "trials:person-send-link", "trials:membership-end",
    "trials:person-deactivate", "patients:eligibility-judge", "patients:eligibility-sign",
    "patients:signing-read", "patients:signing-answer", "patients:signing-options", "patients:signing-sign",
    "patients:signing-discuss", "patients:signing-unlock", "patients:signing-stop", "patients:campaign-close",
    "patients:lead-attempt", "patients:lead-wait", "patients:lead-unwait", "patients:lead-close",
    "patients:lead-reopen", "patients:lead-convert", "patients:waiting-list-move",
    "patients:participant-enrol", "patients:visit-book", "patients:visit-start", "patients:visit-finish",
    "patients:visit-miss",
    "patients:result-load", "patients:visit-procedure", "assessments:rater-assign", "assessments:rating-item",
    "assessments:form-preview",
    "pharmacy:randomisation-randomise", "pharmacy:unblinding-unblind", "pharmacy:kit-move", "pharmacy:kit-reverse",
    "pharmacy:count-enter", "pharmacy:count-compare", "pharmacy:count-resolve", "pharmacy:kit-dispense",
    "pharmacy:kit-return",
    "pharmacy:board-recommend",
    "pharmacy:allocation-list-make", "pharmacy:allocation-list-upload", "pharmacy:allocation-list-seal",
    "sessions:entry-record", "sessions:tablet-know",
    "sessions:dose-give", "sessions:supplemental-decide", "sessions:condition-override",
    "sessions:discharge-check", "sessions:session-close", "sessions:entry-amend", "sessions:entry-withdraw",
    "sessions:entry-undo", "sessions:effect-describe", "sessions:hand-over", "sessions:session-end",
    "sessions:session-release", "sessions:preparation-sign", "sessions:day-book", "sessions:cover-take",
    "integration:risk-record",
    "safety:complaint-acknowledge", "safety:complaint-step", "safety:complaint-suspend", "safety:complaint-name",
    "safety:complaint-share", "safety:complaint-close",
    "safety:mention-link", "safety:mention-dismiss", "safety:listing-save", "safety:listing-forget",
    "safety:clock-meet", "safety:clock-take", "safety:day-zero-correct", "safety:adverse-event-nullify",
    "safety:adverse-event-restore", "safety:adverse-event-assess", "safety:adverse-event-receive",
    "safety:adverse-event-determine", "safety:proposal-take", "safety:proposal-refuse", "safety:hold-review",
    "safety:trial-hold-review", "safety:annual-report-take", "safety:annual-report-record", "safety:deviation-accept",
    "safety:deviation-refuse", "safety:deviation-analyse", "safety:action-plan", "safety:action-finish",
    "safety:action-check", "safety:ethics-tell", "coding:coding-accept", "coding:coding-ask",
    "coding:dictionary-adopt", "reports:narrative-keep", "reports:report-make",
    "reports:regulator-make", "reports:regulator-sent", "reports:regulator-file", "reports:regulator-answer",
    "reports:report-send", "reports:transmission-retry", "reports:transmission-decide", "reports:answer-keep",
    "reminders:message-send", "sponsors:token-revoke",
]  # fmt: skip


@pytest.mark.parametrize("name", POST_ONLY)
def test_what_changes_something_is_never_done_by_reading(
    db: None, client_for: Callable[[Person], Client], world: Any, name: str
) -> None:
    """Somebody who holds one of the permissions follows a link to it, and nothing is done."""
    path, view = next((path, view) for each, path, view in OURS if each == name)
    for kind, value in CONVERTED.items():
        while f"<{kind}:" in path:
            start = path.index(f"<{kind}:")
            path = path[:start] + value + path[path.index(">", start) + 1 :]
    holder = next(
        person
        for person in world.people.values()
        if any(Viewer.at(person, clock.now()).may(permission) for permission in statement_of(view))
    )

    assert client_for(holder).get(f"/{path}").status_code in (404, 405)
