"""A consent signed on a tablet from start to end: a person of the site, the participant, and the lock between them."""

from collections.abc import Callable
from datetime import date, timedelta

from core.contributions import reading_as
from core.models import Person
from patients import actions, queries
from patients.identity import IdentityDetails
from patients.models import Participant
from tests.cast import AT, PASSWORD
from tests.journeys.conftest import Desk, Live, Watch
from trials.models import Site

TABLET = {"width": 820, "height": 1180}
TODAY = AT + timedelta(hours=1)
NAME = "Nina Mercedes Sample"
RIGHT = {"Q1": "chance", "Q2": "tell", "Q3": "any_time", "Q4": "number"}


def newcomer() -> Participant:
    """Adds somebody who has not consented yet."""
    ben = Person.objects.get(username="ben")
    with reading_as(ben):
        return actions.add_participant(
            site=Site.objects.get(code="S01"),
            identity=IdentityDetails(NAME, date(1985, 6, 1), email="nina@example.org"),
            first_contact_on=AT.date(),
            by=ben,
            at=AT,
        )


def answer(desk: Desk, choice: str) -> None:
    """Chooses an answer by the keyboard alone, and sends it."""
    page = desk.page
    page.locator(f"[name=answer][value='{choice}']").focus()
    page.keyboard.press("Space")
    desk._follow(page.locator("main button[type=submit]"))


def read_and_understand(desk: Desk) -> None:
    """Reads every part; the first question is answered wrongly once and leads back."""
    page, slips = desk.page, True
    while page.locator("[name=section], [name=question]").count():
        if page.locator("[name=section]").count():
            desk._follow(page.locator("main button[type=submit]"))
            continue
        question = page.locator("[name=question]").get_attribute("value") or ""
        if slips:
            answer(desk, "doctor")
            assert "Please read this part once more" in page.locator("main").inner_text()
            slips = False
            continue
        answer(desk, RIGHT[question])


def draw(desk: Desk) -> None:
    """Signs in the box with the mouse."""
    page = desk.page
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 120)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 40 + 60 * step, box["y"] + 120 - (50 if step % 2 else -10))
    page.mouse.up()


def test_a_consent_is_signed_by_two_people_on_a_tablet(
    live: Live, watch: Watch, person_at_work: Callable[[str], Desk]
) -> None:
    live.hold(TODAY)
    participant = newcomer()
    desk = person_at_work("ben")
    page = desk.page
    page.set_viewport_size(TABLET)
    desk.open(f"/participants/{participant.public_id}/consent/")
    desk.follow("Sign on this tablet")
    desk.press("Hand over")
    place = page.url

    page.goto(f"{live.address}/participants/")
    assert page.url == place and page.locator(".rail").count() == 0
    read_and_understand(desk)
    assert "Each of these is asked by itself" in desk.refused(
        lambda: desk._follow(page.locator("main button[type=submit]"))
    )
    for option, given in {"recording": "true", "touch": "false", "data_sharing": "true", "future_contact": "false",
                          "long_term": "true", "email": "true"}.items():  # fmt: skip
        page.locator(f"[name=option_{option}][value={given}]").check()
    desk._follow(page.locator("main button[type=submit]"))
    page.locator("#name").fill(NAME)
    assert "tick that your typed name" in desk.refused(lambda: desk._follow(page.locator("main button[type=submit]")))
    assert page.locator("#name").input_value() == NAME
    draw(desk)
    desk._follow(page.locator("main button[type=submit]"))
    assert "Please hand the tablet back" in page.locator("main").inner_text()

    page.get_by_text("For the study team").click()
    page.locator("#unlock_password").fill(PASSWORD)
    desk._follow(page.get_by_role("button", name="Take the tablet back"))
    assert "Not right" in page.locator("main").inner_text()
    page.locator("aside [name=password]").fill(PASSWORD)
    desk._follow(page.locator("aside").get_by_role("button", name="Sign", exact=True))

    assert "Consent stands" in page.locator("main").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF with name").click()
    assert download.value.suggested_filename == "S01-001-consent-1.0-en-named.pdf"
    with reading_as(Person.objects.get(username="ben")):
        given = queries.standing_consent(participant)
    assert given is not None and given.options["touch"] is False
    watch.assert_clean()
