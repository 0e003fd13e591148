"""The own pages on a telephone: 390 pixels, axe, and questionnaires answered while the network comes and goes."""

import http.cookiejar
import random
import threading
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from assessments.models import Assessment, ItemValue
from assessments.queries import items_for
from core.contributions import contribution, reading_as
from core.own_links import own_address
from patients.models import Participant
from portal import actions
from protocol.scoring import closed_items
from tests.assessments.conftest import booked, consented_participant
from tests.cast import AT, World
from tests.conftest import size
from tests.journeys.conftest import Live, Watch
from trials.queries import definition_of

BY_CLIENTS, IN_CHROMIUM = size(small=6, full=1000), size(small=2, full=20)
DROPS = 0.3
WIDTH, HEIGHT = 390, 844
HANDS = 6
Answered = dict[int, int]
# What the telephone holds: the names in each row, how many keys, whether one can be taken out, and what is plain.
KEPT = """(new Promise((resolve) => {
  const asked = indexedDB.open("vigil-own", 1);
  asked.onsuccess = () => {
    const both = asked.result.transaction(["keys", "answers"]);
    const keys = both.objectStore("keys").getAll(), rows = both.objectStore("answers").getAll();
    both.oncomplete = () => {
      asked.result.close();
      resolve({
        rows: rows.result.map((row) => Object.keys(row).sort()), keys: keys.result.length,
        extractable: keys.result.some((key) => key.extractable), plain: localStorage.length,
      });
    };
  };
}))"""


@pytest.fixture(scope="module", autouse=True)
def _held(live: Live) -> None:
    live.hold(AT + timedelta(hours=1))


def people(world: World, number: int) -> list[tuple[str, str, Participant]]:
    """Returns participants with a link, a code and questionnaires that wait."""
    ben, found = world.people["ben"], []
    with reading_as(ben), contribution(by=ben, reason="Arranged by the test"):
        for _ in range(number):
            participant = consented_participant(world, by=ben)
            booked(participant, "V3", by=ben)
            code = actions.make_code(participant, by=ben, at=AT)
            link = actions.send_link(participant, by=ben, at=AT)
            found.append((urlsplit(own_address(link.public_id)).path, code, participant))
    return found


def forms_of(world: World, participant: Participant) -> list[Assessment]:
    with reading_as(world.people["ben"]):
        found = Assessment.objects.filter(participant=participant, respondent="participant").exclude(state="cancelled")
        return list(found.select_related("protocol_version").order_by("id"))


def kept(world: World, form: Assessment) -> list[tuple[int, int | None]]:
    with reading_as(world.people["ben"]):
        return list(ItemValue.objects.filter(assessment=form).order_by("item").values_list("item", "value"))


def test_every_page_fits_a_telephone_and_axe_finds_nothing(
    live: Live, watch: Watch, chromium: Browser, world: World
) -> None:
    [(path, code, participant)] = people(world, 1)
    page = telephone(live, chromium, watch)
    page.goto(path)
    watch.look(page)
    enter(page, code)
    form = forms_of(world, participant)[0]
    pages = ["", "diary/", "contact/", "line/", "preparation/", "pause/", f"forms/{form.public_id}/"]

    wide = []
    for name in pages:
        page.goto(f"/own/{name}")
        watch.look(page)
        if page.evaluate("document.documentElement.scrollWidth") > WIDTH:
            wide.append(name)

    page.context.close()
    assert wide == []
    watch.assert_clean()


def held(page: Page, *, rows: int) -> dict[str, Any]:
    """Returns what the telephone holds once it holds so many rows, or what it holds after ten seconds."""
    for _ in range(100):
        found: dict[str, Any] = page.evaluate(KEPT)
        if len(found["rows"]) == rows:
            break
        page.wait_for_timeout(100)
    return found


def test_unsent_answers_wait_encrypted_and_leave_nothing_behind(
    live: Live, watch: Watch, chromium: Browser, world: World
) -> None:
    path, code, participant = people(world, 1)[0]
    page = telephone(live, chromium, watch)
    page.goto(path)
    enter(page, code)
    form = forms_of(world, participant)[0]
    item = next(each for each in items_for(form) if each.choices)
    value = item.values[-1]
    page.goto(f"/own/forms/{form.public_id}/")
    page.route("**/answer/", lambda route: route.abort())
    page.locator(f"[name=item_{item.number}][value='{value}']").check(force=True)

    found = held(page, rows=1)
    page.reload()
    page.wait_for_selector(f"[name=item_{item.number}][value='{value}']:checked", state="attached")
    page.unroute("**/answer/")
    left = held(page, rows=0)

    assert found == {"rows": [["iv", "sealed"]], "keys": 1, "extractable": False, "plain": 0}
    assert (left["rows"], left["keys"]) == ([], 0)
    assert kept(world, form) == [(item.number, value)]
    page.context.close()


@pytest.mark.prove
def test_chromium_answers_while_the_network_comes_and_goes(
    live: Live, watch: Watch, chromium: Browser, world: World, evidence: Callable[..., None]
) -> None:
    dice, dropped = random.Random(390), 0
    for path, code, participant in people(world, IN_CHROMIUM):
        page = telephone(live, chromium, watch)
        page.goto(path)
        enter(page, code)
        form = forms_of(world, participant)[0]
        page.goto(f"/own/forms/{form.public_id}/")

        def swallow(route: Route) -> None:
            nonlocal dropped
            lot = dice.random()
            if lot < DROPS / 2:
                dropped += 1
                route.abort()
            elif lot < DROPS:
                # The server has it, the telephone does not hear of it.
                dropped += 1
                route.fetch()
                route.abort()
            else:
                route.continue_()

        page.route("**/answer/", swallow)
        wanted = {}
        for item in items_for(form):
            wanted[item.number] = dice.choice(list(item.values))
            box = page.locator(f"[name=item_{item.number}]")
            if item.choices:
                page.locator(f"[name=item_{item.number}][value='{wanted[item.number]}']").check(force=True)
            else:
                box.fill(str(wanted[item.number]))
                box.blur()
        with page.expect_navigation(timeout=120_000):
            page.locator("form[data-answers] button[type=submit]").click()
        assert urlsplit(page.url).path == "/own/", page.locator("main").inner_text()
        assert kept(world, form) == sorted(wanted.items())
        page.context.close()
    evidence("own_pages_chromium", questionnaires=IN_CHROMIUM, dropped=dropped, lost=0, doubled=0)


@pytest.mark.prove
def test_clients_that_lose_answers_send_them_again(live: Live, world: World, evidence: Callable[..., None]) -> None:
    wanted: dict[int, tuple[Assessment, Answered]] = {}
    queue, drops = [], []
    everybody = people(world, -(-BY_CLIENTS // 2))
    for path, code, participant in everybody:
        for form in forms_of(world, participant)[:2]:
            queue.append((path, code, form))
    by_link: dict[str, list[tuple[str, Assessment]]] = {}
    for path, code, form in queue[:BY_CLIENTS]:
        by_link.setdefault(path, []).append((code, form))
    plans = list(by_link.items())
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not plans:
                    return
                path, forms = plans.pop()
            client = Client(live.address, random.Random(path))
            client.enter(path, forms[0][0])
            for _, form in forms:
                answers = client.answer(form)
                with lock:
                    wanted[form.pk] = (form, answers)
            with lock:
                drops.append(client.dropped)

    hands = [threading.Thread(target=work) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    wrong = [
        form.pk
        for form, answers in wanted.values()
        if [answer for answer in kept(world, form) if answer[1] is not None] != asked(form, answers)
    ]
    assert (len(wanted), wrong) == (BY_CLIENTS, [])
    evidence("own_pages_clients", questionnaires=len(wanted), dropped=sum(drops), lost=0, doubled=0)


def asked(form: Assessment, answers: Answered) -> list[tuple[int, int]]:
    """Returns the answers that stand: what another answer makes superfluous is taken back when the form is sent."""
    closed = closed_items(definition_of(form.protocol_version).instruments[form.instrument], answers)
    return sorted((item, value) for item, value in answers.items() if item not in closed)


class Client:
    """A telephone at the level of the protocol: what gets no answer is sent again."""

    def __init__(self, address: str, dice: random.Random) -> None:
        self.address, self.dice, self.dropped = address, dice, 0
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def enter(self, path: str, code: str) -> None:
        """Opens the pages."""
        self.opener.open(f"{self.address}{path}", timeout=60).close()
        assert self._post(path, {"code": code}) == f"{self.address}/own/"

    def answer(self, form: Assessment) -> Answered:
        """Answers every item, each until the server says that it has it, and closes the questionnaire."""
        given = {}
        for item in items_for(form):
            given[item.number] = self.dice.choice(list(item.values))
            self._until_heard(
                f"/own/forms/{form.public_id}/answer/", {"item": item.number, "value": given[item.number]}
            )
        self._until_heard(f"/own/forms/{form.public_id}/complete/", {})
        return given

    def _until_heard(self, path: str, typed: dict[str, Any]) -> None:
        while True:
            lot = self.dice.random()
            if lot >= DROPS / 2:
                self._post(path, typed)
            if lot >= DROPS:
                return
            self.dropped += 1

    def _post(self, path: str, typed: dict[str, Any]) -> str:
        """Sends a form and returns where it led; whatever is refused is an error."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        body = urlencode({**typed, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(f"{self.address}{path}", data=body, timeout=60) as answer:
            return str(answer.geturl())


def telephone(live: Live, chromium: Browser, watch: Watch) -> Page:
    page = chromium.new_context(
        base_url=live.address, viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True, is_mobile=True
    ).new_page()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: watch.faults.append(str(error)))
    return page


def enter(page: Page, code: str) -> None:
    page.locator("[name=code]").fill(code)
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()
    assert urlsplit(page.url).path == "/own/", page.locator("main").inner_text()
