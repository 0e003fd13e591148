"""Who may change what: every address that takes a POST, for every member of the cast, with something that is there.

The table is written by hand and not read from the code that it checks. Everything named is of site A, so that the same
role at the other site is one of those who are refused. An address without a line here is red.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from core import clock
from core.contributions import contribution, reading_as
from core.models import Person
from pharmacy.models import Discrepancy, StockCount
from reports.models import Transmission
from safety.models import ReportingClock
from sessions.models import Booking
from sponsors.actions import SCOPES, make_token
from sponsors.models import ExportJob
from tests.architecture.test_matrix import HANDWRITTEN, LED_ELSEWHERE, LISTS
from tests.architecture.test_views import OURS, POST_ONLY, PUBLIC
from tests.cast import AT, CAST, World
from tests.databases import owner_cursor
from tests.furnished import Furnished, furnished, unexpected_case
from trials.models import Delegation, Qualification

Browsers = dict[str, Client]

INVESTIGATORS = {"ada", "cleo"}
COORDINATORS = {"ben", "carl"}
PHARMACISTS = {"phil", "petra"}
PAIR = {"tess", "theo"}
SITE_A = {"ada", "ben", *PAIR}
IN_THE_ROOM = {"ada", *PAIR}
# Nobody is named of whom a list or a form of the own site speaks: those of site B may add to theirs.
OF_NOBODY: dict[str, set[str]] = {
    "trials:delegation-decide": INVESTIGATORS,
    "trials:delegation-delegate": INVESTIGATORS,
    "trials:qualification-list": INVESTIGATORS | COORDINATORS,
    "trials:consent-form-load": INVESTIGATORS | COORDINATORS,
    "trials:person-invite": {"adam"},
    "patients:participant-add": COORDINATORS,
    "patients:campaign-list": INVESTIGATORS,
    "patients:lead-add": COORDINATORS,
    "patients:result-files": INVESTIGATORS | COORDINATORS,
    "patients:range-add": INVESTIGATORS | COORDINATORS,
    "sessions:room-list": INVESTIGATORS | COORDINATORS,
    "sessions:cover-list": INVESTIGATORS | COORDINATORS,
    "sessions:calendar-own": set(CAST),
    "pharmacy:kit-receive": PHARMACISTS,
    "pharmacy:count-list": PHARMACISTS,
    "pharmacy:temperature-list": PHARMACISTS,
    "pharmacy:drill-list": INVESTIGATORS | {"mel"},
    "pharmacy:board-report-list": {"stan"},
    "pharmacy:allocation-list-make": {"stan"},
    "pharmacy:allocation-list-upload": {"stan"},
    "pharmacy:allocation-list-seal": {"stan"},
    "safety:trial-hold-place": {"sofia", "mel"},
    "trials:reference-add": {"sofia"},
    "safety:complaint-tell": set(CAST),
    # Whoever lists events may keep a listing for themselves; nobody else sees it.
    "safety:listing-save": INVESTIGATORS | COORDINATORS | PAIR | {"dev", "mel", "mona", "sofia"},
    "reports:answer-keep": {"sofia"},
    "coding:dictionary-load": {"dev", "sofia"},
    "sponsors:export-list": {"dev", "sofia"},
    "sponsors:token-add": {"dev"},
}
OF_SITE_A: dict[str, set[str]] = {
    # A version is the whole trial's; the investigators of every site sign it.
    "trials:protocol-sign": INVESTIGATORS,
    "trials:consent-form-approve": {"ada"},
    "trials:delegation-accept": {"ben"},
    "trials:delegation-end": {"ada"},
    "trials:qualification-withdraw": {"ada", "ben"},
    "trials:person-grant": {"adam"},
    "trials:person-send-link": {"adam"},
    "trials:membership-end": {"adam"},
    "trials:person-deactivate": {"adam"},
    "overview:visit-move": {"ada", "ben"},
    "patients:consent-paper": {"ada", "ben"},
    "patients:signing-start": {"ada", "ben"},
    "patients:signing-close": {"ada", "ben"},
    "patients:signing-stop": {"ada", "ben"},
    # Without the tablet handed over they lead back to the participant's page.
    "patients:signing-read": {"ada", "ben"},
    "patients:signing-answer": {"ada", "ben"},
    "patients:signing-options": {"ada", "ben"},
    "patients:signing-sign": {"ada", "ben"},
    "patients:signing-discuss": {"ada", "ben"},
    "patients:signing-unlock": {"ada", "ben"},
    "patients:participant-move": {"ada", "ben"},
    "patients:preference-list": SITE_A,
    "patients:campaign-close": {"ada"},
    "patients:contact-consent": {"ada", "ben"},
    "patients:withdrawal": {"ada", "ben"},
    "patients:identity-erase": {"ada"},
    "patients:lead-identity-change": {"ben"},
    "patients:lead-prescreen": {"ben"},
    "patients:lead-attempt": {"ben"},
    "patients:lead-wait": {"ben"},
    "patients:lead-unwait": {"ben"},
    "patients:lead-close": {"ben"},
    "patients:lead-reopen": {"ben"},
    "patients:lead-convert": {"ben"},
    "patients:waiting-list-move": {"ben"},
    "patients:screening-record": {"ada", "ben"},
    "patients:fact-correct": {"ada", "ben"},
    "patients:result-load": {"ada", "ben"},
    "patients:entry-add": {"ada", "ben"},
    "patients:entry-change": {"ada", "ben"},
    "patients:judgements": {"ada"},
    "patients:screen-failure": {"ada", "ben"},
    "patients:eligibility-judge": {"ada", "ben"},
    "patients:eligibility-sign": {"ada"},
    "patients:participant-enrol": {"ada", "ben"},
    "patients:visit-book": {"ada", "ben"},
    "patients:visit-start": SITE_A,
    "patients:visit-finish": SITE_A,
    "patients:visit-miss": SITE_A,
    "patients:visit-procedure": SITE_A,
    "assessments:rater-assign": {"ben"},
    "assessments:rating-item": {"rhea"},
    "assessments:rating-lock": {"rhea"},
    "assessments:unblinding-report": {"rhea"},
    "assessments:rating-correct": {"rhea"},
    "assessments:participant-outcome": {"dev"},
    "assessments:instrument-detail": {"dev"},
    "assessments:form-add": SITE_A,
    "assessments:form-edit": {"dev"},
    "assessments:form-new": {"dev"},
    "assessments:form-preview": {"dev"},
    "assessments:form-publish": {"dev"},
    "assessments:form-detail": SITE_A,
    "assessments:form-correct": SITE_A,
    "assessments:guess-record": PAIR | {"ben"},
    "assessments:guess-of-participant": SITE_A,
    "assessments:guess-tablet": SITE_A,
    # Whoever learned what they should not have says so; the data manager assesses it.
    "assessments:incident-report": SITE_A | {"dev", "mel", "mona", "sofia"},
    "assessments:incident-detail": {"dev"},
    "pharmacy:randomisation-randomise": {"ben"},
    "pharmacy:unblinding-unblind": {"ada", "mel"},
    "pharmacy:kit-dispense": {"phil"},
    "pharmacy:kit-return": {"phil"},
    "pharmacy:kit-move": {"phil"},
    "pharmacy:kit-reverse": {"phil"},
    "pharmacy:count-enter": {"phil"},
    "pharmacy:count-second": SITE_A,
    "pharmacy:count-compare": {"phil"},
    "pharmacy:count-resolve": {"phil"},
    "pharmacy:envelope-issue": {"phil"},
    "pharmacy:envelope-return": {"phil"},
    "pharmacy:envelope-opened": {"phil"},
    "pharmacy:drill-detail": {"ada", "mel"},
    "pharmacy:board-recommend": {"sofia"},
    "sessions:session-prepare": IN_THE_ROOM,
    "sessions:entry-record": IN_THE_ROOM,
    "sessions:entry-stream": IN_THE_ROOM,
    "sessions:tablet-know": IN_THE_ROOM,
    "sessions:dose-give": IN_THE_ROOM,
    "sessions:supplemental-decide": IN_THE_ROOM,
    "sessions:condition-override": {"ada", "mel"},
    "sessions:discharge-check": IN_THE_ROOM,
    "sessions:session-close": IN_THE_ROOM,
    "sessions:session-abandon": IN_THE_ROOM,
    "sessions:session-end": IN_THE_ROOM,
    "sessions:session-release": IN_THE_ROOM,
    "sessions:hand-over": IN_THE_ROOM,
    "sessions:paper-list": IN_THE_ROOM,
    "sessions:entry-undo": IN_THE_ROOM,
    "sessions:effect-describe": IN_THE_ROOM,
    "sessions:day-book": {"ada", "ben"},
    "sessions:cover-take": {"ada", "ben"},
    "sessions:interview-book": {"ben"},
    "sessions:preparation-detail": PAIR,
    "sessions:preparation-sign": PAIR,
    "sessions:entry-amend": IN_THE_ROOM,
    "sessions:entry-withdraw": IN_THE_ROOM,
    "integration:note-detail": PAIR,
    "integration:risk-record": PAIR,
    # The action asks besides whether the signer was there.
    "integration:note-review": IN_THE_ROOM,
    "integration:recording-detail": PAIR,
    "integration:contact-detail": SITE_A,
    "integration:contact-unscheduled": SITE_A,
    "integration:enquiry-detail": SITE_A,
    "integration:review-detail": {"rita"},
    "integration:pair-sign-off": {"ada"},
    "integration:rest-restore": {"ada"},
    "portal:boundary-detail": {"sofia"},
    "integration:tracing-detail": SITE_A,
    "integration:intercurrent-list": SITE_A,
    "integration:intercurrent-change": SITE_A,
    "portal:own-pages-detail": {"ben"},
    "portal:confidential-detail": {"sofia", "orla"},
    "safety:clock-meet": SITE_A | {"sofia"},
    "safety:listing-forget": {"ben"},
    "safety:finding-detail": {"dev", "sofia"},
    "safety:complaint-acknowledge": {"sofia", "orla"},
    "safety:complaint-step": {"sofia", "orla"},
    "safety:complaint-suspend": {"sofia"},
    "safety:complaint-name": {"sofia", "orla"},
    "safety:complaint-share": {"sofia", "orla"},
    "safety:complaint-close": {"sofia", "orla"},
    "safety:mention-link": SITE_A,
    "safety:mention-dismiss": SITE_A,
    "safety:clock-take": SITE_A | {"mel", "sofia"},
    "safety:day-zero-correct": {"ada"},
    "safety:adverse-event-nullify": {"ada"},
    "safety:adverse-event-restore": {"ada"},
    "safety:adverse-event-report": SITE_A,
    "safety:adverse-event-revise": SITE_A,
    "safety:adverse-event-assess": {"ada"},
    "safety:adverse-event-receive": {"sofia"},
    "safety:adverse-event-determine": {"sofia"},
    "safety:proposal-take": SITE_A,
    "safety:hold-place": {"ada", "sofia", "mel"},
    "safety:hold-review": {"ada", "sofia", "mel"},
    "safety:trial-hold-review": {"sofia", "mel"},
    "safety:annual-report-take": {"sofia"},
    "safety:annual-report-record": {"sofia"},
    "safety:proposal-refuse": SITE_A,
    "safety:alert-acknowledge": SITE_A | {"mel", "sofia"},
    # A monitor may report a deviation and change nothing else.
    "safety:deviation-record": SITE_A | {"mona"},
    "safety:deviation-accept": {"ada"},
    "safety:deviation-refuse": {"ada"},
    "safety:deviation-analyse": {"ada"},
    "safety:action-plan": {"ada"},
    "safety:ethics-tell": {"ada"},
    # Whoever may see it meets the form; the action asks whether it is the owner.
    "safety:action-finish": SITE_A | {"dev", "mel", "mona", "sofia"},
    "safety:action-check": SITE_A | {"mona"},
    "coding:coding-accept": {"dev", "sofia"},
    "coding:coding-ask": {"dev", "sofia"},
    "coding:dictionary-adopt": {"dev", "sofia"},
    "reports:narrative-keep": {"sofia"},
    "reports:report-make": {"sofia"},
    "reports:report-send": {"sofia"},
    "reports:transmission-retry": {"sofia"},
    "reports:transmission-decide": {"sofia"},
    "reports:regulator-make": {"stan"},
    "reports:regulator-sent": {"stan"},
    "reports:regulator-file": {"stan"},
    "reports:regulator-answer": {"stan"},
    "reminders:message-send": {"ada", "ben"},
    "sponsors:token-revoke": {"dev"},
}
POSTS = OF_NOBODY | OF_SITE_A
# What a form without an entry of its own would take for a first look.
SUBMITTED = {"submitted": "yes"}


def test_every_address_that_takes_a_post_alone_has_its_line() -> None:
    assert set(POST_ONLY) - set(POSTS) == set()
    assert set(POSTS) - set(POST_ONLY) - set(HANDWRITTEN) == set()


def test_whoever_lacks_the_right_is_refused_and_writes_nothing(
    own_database: str, world: World, client_for: Callable[[Person], Client], tmp_path: Path
) -> None:
    addresses = addresses_of(world, folder=tmp_path)
    browsers = {username: client_for(world.people[username]) for username in sorted(CAST)}
    before = entries(own_database)

    let_in = [line for name, address in addresses.items() for line in intruders(name, address, browsers)]

    assert let_in == []
    assert entries(own_database) == before
    # The same address, with the same object in it, is there for those of the table.
    assert [line for name, address in addresses.items() for line in shut_out(name, address, browsers)] == []


def intruders(name: str, address: str, browsers: Browsers) -> list[str]:
    """Returns who was not refused at an address though the table does not name them."""
    allowed = POSTS.get(name, set()) | LED_ELSEWHERE.get(name, set())
    refusals = {404} if name in POSTS else {404, 405}
    statuses = {
        user: each.post(address, SUBMITTED).status_code for user, each in browsers.items() if user not in allowed
    }
    found = [f"{name}: {user} gets {status}" for user, status in statuses.items() if status not in refusals]
    asked_to_sign_in = Client().post(address, SUBMITTED).status_code in {302, 405}
    return found if asked_to_sign_in else [*found, f"{name}: a stranger is not asked to sign in"]


def shut_out(name: str, address: str, browsers: Browsers) -> list[str]:
    """Returns whom the table names and the address refuses; what they change is taken back."""
    found = []
    for user in sorted(POSTS.get(name, set())):
        with transaction.atomic(), transaction.atomic(using="unblinded"):
            status = browsers[user].post(address, SUBMITTED).status_code
            transaction.set_rollback(True)
            transaction.set_rollback(True, using="unblinded")
        if status not in {200, 302, 400, 409, 422}:
            found.append(f"{name}: {user} gets {status}")
    return found


def entries(database: str) -> int:
    """Returns how many rows the audit has."""
    with owner_cursor(database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry")
        return int(cursor.fetchone()[0])


def addresses_of(world: World, *, folder: Path) -> dict[str, str]:
    """Furnishes the trial and returns every address of people, with something of site A in it."""
    ada = world.people["ada"]
    with furnished(world, folder=folder) as trial:
        arguments = trial.pages | {name: [] for name in OF_NOBODY.keys() | LISTS.keys()}
        with contribution(by=ada, reason="Arranged by the test"):
            arguments |= _of_buttons(world, trial)
    ours = [name for name, _, _ in OURS if name in POSTS or name in HANDWRITTEN]
    return {name: reverse(name, args=arguments[name]) for name in ours}


def _of_buttons(world: World, trial: Furnished) -> dict[str, list[Any]]:
    """Returns what the addresses are about that only take a POST."""
    pages, newcomer, ben = trial.pages, trial.newcomer, world.people["ben"]
    delegation = [Delegation.objects.filter(person=ben).earliest("pk").public_id]
    person, note = pages["trials:person-detail"], pages["integration:note-detail"]
    about = {
        "trials:protocol-": pages["trials:protocol-detail"],
        "trials:consent-form-": pages["trials:consent-form-detail"],
        "trials:delegation-": delegation,
        "trials:qualification-": [Qualification.objects.filter(person=ben).earliest("pk").public_id],
        "trials:person-": person,
        "trials:membership-": [*person, 1],
        "patients:lead-": pages["patients:lead-detail"],
        "patients:waiting-list-": pages["patients:lead-detail"],
        "patients:eligibility-": [newcomer.public_id],
        "patients:participant-": [newcomer.public_id],
        "patients:signing-": pages["patients:signing-detail"],
        "patients:signing-stop": pages["patients:signing-close"],
        "patients:campaign-": pages["patients:campaign-detail"],
        "patients:result-": pages["patients:result-file"],
        "patients:visit-": pages["patients:visit-detail"],
        "assessments:form-preview": pages["assessments:form-edit"],
        "assessments:rater-": [newcomer.visits.get(code="V3").public_id],
        "assessments:rating-item": [*pages["assessments:rating-detail"], 1],
        "pharmacy:randomisation-": [newcomer.public_id],
        "pharmacy:unblinding-": [trial.day.session.participant.public_id],
        "pharmacy:board-": pages["pharmacy:board-report-detail"],
        "pharmacy:kit-": [trial.day.kit.public_id],
        "pharmacy:count-": pages["pharmacy:count-detail"],
        "pharmacy:count-resolve": [_with_a_case(world, count_id=pages["pharmacy:count-inventory"][0])],
        "sessions:": [trial.day.session.public_id],
        "sessions:entry-": pages["sessions:entry-detail"],
        "sessions:effect-describe": pages["sessions:entry-detail"],
        "sessions:day-book": pages["sessions:session-prepare"],
        "sessions:preparation-": pages["sessions:preparation-detail"],
        "sessions:cover-": [Booking.objects.filter(person__isnull=False).earliest("pk").public_id],
        "sessions:interview-": pages["sessions:interview-book"],
        "sessions:entry-record": [trial.day.session.public_id, "vitals"],
        "integration:risk-": note,
        "safety:clock-": [ReportingClock.objects.earliest("pk").public_id],
        "safety:adverse-event-": pages["safety:adverse-event-detail"],
        "safety:mention-": pages["safety:mention-detail"],
        "safety:listing-": pages["safety:listing-forget"],
        "safety:complaint-": pages["safety:complaint-detail"],
        "safety:day-zero-": pages["safety:adverse-event-detail"],
        "safety:hold-": pages["safety:hold-detail"],
        "safety:trial-hold-": pages["safety:trial-hold-detail"],
        "safety:annual-report-": pages["safety:annual-report-detail"],
        "safety:proposal-": [*pages["safety:adverse-event-detail"], "abuse"],
        "safety:deviation-": pages["safety:deviation-detail"],
        "safety:ethics-": pages["safety:deviation-detail"],
        "safety:action-plan": pages["safety:deviation-detail"],
        "safety:action-": pages["safety:action-finish"],
        "coding:coding-": pages["coding:coding-detail"],
        "coding:dictionary-": pages["coding:dictionary-detail"],
        "reports:narrative-": pages["reports:case-detail"],
        "reports:report-make": pages["reports:case-detail"],
        "reports:report-send": pages["reports:report-file"],
        "reports:regulator-": [unexpected_case(world, trial.day.session.participant).public_id],
        "reports:transmission-": [Transmission.objects.earliest("pk").public_id],
        "reminders:message-": pages["reminders:message-detail"],
        "sponsors:token-": [_token(world).public_id],
    }
    nouns = sorted(about, key=len, reverse=True)
    return {
        name: next(about[noun] for noun in nouns if name.startswith(noun))
        for name in POST_ONLY
        if name not in OF_NOBODY
    }


def _with_a_case(world: World, *, count_id: str) -> str:
    """Opens a case on a count that is closed."""
    count = StockCount.objects.get(public_id=count_id)
    due_at, phil = AT + timedelta(days=1), world.people["phil"]
    Discrepancy.objects.create(stock_count=count, site=count.site, opened_at=AT, due_at=due_at, recorded_by=phil)
    return count_id


def _token(world: World) -> Any:
    dev = world.people["dev"]
    with reading_as(dev):
        token, _ = make_token(
            name="Warehouse", scopes=["data:read"], blinding_class="functional", site_ids=[], days=30,
            trial=world.trial, by=dev, at=AT,
        )  # fmt: skip
    return token


def test_the_api_takes_one_post_and_that_from_those_who_may_export(
    world: World, client_for: Callable[[Person], Client]
) -> None:
    dev = world.people["dev"]
    known = {"study": "MAPPLIKE-01", "public_id": "exp_unknown", "name": "visits.csv"}
    addresses = {
        name: reverse(name, kwargs={key: value for key, value in known.items() if f"<str:{key}>" in path})
        for name, path, _ in OURS
        if name.startswith("sponsors:api-") and name not in PUBLIC
    }
    _, secret = make_token(
        name="Reader", scopes=[scope for scope in SCOPES if scope != "exports:create"], blinding_class="functional",
        site_ids=[], days=30, trial=world.trial, by=dev, at=clock.now(),
    )  # fmt: skip
    reader, signed_in = Client(headers={"Authorization": f"Bearer {secret}"}), client_for(dev)

    for name, address in addresses.items():
        assert signed_in.post(address, {}, content_type="application/json").status_code == 401, name
        refused = reader.post(address, {}, content_type="application/json").status_code
        assert refused in ({403} if "export" in name else {405}), (name, refused)
    assert not ExportJob.objects.exists()
