"""The editor of own forms: faults at their place, a preview that keeps nothing, publishing by signature."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assessments import actions, queries
from assessments.form_editor import Editor, changed
from assessments.form_versions import open_draft, present_content
from assessments.models import Assessment, FormDraft, FormVersion
from core.errors import Conflict, Refused, WrongPassword
from core.signatures import signatures_of
from protocol.own_forms import content_of, faults_of, with_form
from protocol.scoring import closed_items
from tests.assessments.conftest import AT, booked, consented_participant
from tests.cast import PASSWORD

CODE = "LIFESTYLE"


@pytest.fixture
def dev(world):
    return world.people["dev"]


@pytest.fixture
def content(world):
    return present_content(world.version, CODE)


def item(**changes):
    return {"number": 7, "code": "PETS", "text": "Any animals at home?", "kind": "yes_no"} | changes


def with_items(content, *more, checks=()):
    return content | {"items": [*content["items"], *more], "checks": [*content["checks"], *checks]}


def check(**changes):
    return {"code": "LS9", "level": "soft", "expr": "i2 > 100", "text": "Is it right?"} | changes


def draft_of(world, content, *, by, seen=0):
    return actions.keep_draft(world.version, code=CODE, content=content, seen_version=seen, by=by, at=AT)


def publish(draft, *, by, **changes):
    said = {"reason": "Animals matter", "seen_version": draft.version, "password": PASSWORD} | changes
    return actions.publish_form(draft, **said, by=by, at=AT)


def test_form_of_the_protocol_has_no_fault_and_comes_back_as_it_is(world, content):
    definition = with_form(world.version.source, CODE, content)
    gate = next(each for each in content["items"] if each["code"] == "OTHER_SINCE")

    assert faults_of(world.version.source, CODE, content) == ()
    assert len(definition.edit_checks[CODE]) == len(content["checks"]) == 3
    assert gate["asked_after"] == 3
    assert content == content_of(world.version.source, CODE)


@pytest.mark.parametrize(
    ("more", "checks", "place", "words"),
    [
        ([item(code="")], [], ("items", 6, "code"), "Nothing is written"),
        ([item(kind="whole")], [], ("items", 6, "range"), "needs its “range”"),
        ([item(kind="whole", range=["a", 3])], [], ("items", 6, "range"), "not a number"),
        ([item(kind="choice")], [], ("items", 6, "options"), "a choice needs them"),
        ([item(asked_after=9)], [], ("items", 6, "asked_after"), "stands before it"),
        ([item(asked_after=4)], [], ("items", 6, "asked_after"), "opens another item"),
        ([], [check(expr="i99 > 1")], ("checks", 3, "expr"), "i99"),
        ([], [check(expr="i1 >")], ("checks", 3, "expr"), ""),
        ([], [check(expr="pcl6_total > 3")], ("checks", 3, "expr"), "pcl6_total"),
        ([], [check(code="LS1")], ("checks", 3, "code"), "twice"),
        ([], [check(level="firm")], ("checks", 3, "level"), "firm"),
    ],
    ids=[
        "no code", "number without a range", "range that is no number", "choice without choices",
        "opened by a later item", "opened by a date", "check of an item that is not there",
        "check that is no expression", "check of a form that is not there", "check twice", "unknown level",
    ],
)  # fmt: skip
def test_fault_is_told_at_its_place(world, content, more, checks, place, words):
    faults = faults_of(world.version.source, CODE, with_items(content, *more, checks=checks))

    assert [(fault.block, fault.row) for fault in faults] == [place[:2]]
    assert faults[0].name in (place[2], "") and words in faults[0].message


def test_item_behind_a_closed_one_is_closed_too(world, content):
    chained = with_items(content, item(asked_after=3), item(number=8, code="MORE", asked_after=7))
    block = with_form(world.version.source, CODE, chained).instruments[CODE]

    assert closed_items(block, {3: 0}) == {4, 7, 8}
    assert closed_items(block, {3: 1, 7: 0}) == {8}


def test_step_of_the_editor_moves_adds_and_drops_and_numbers_anew(content):
    codes = [each["code"] for each in content["items"]]

    up = changed(content, "up-items-1")
    dropped = changed(content, "drop-items-0")
    added = changed(content, "add-checks")

    assert [each["code"] for each in up["items"]][:2] == [codes[1], codes[0]]
    assert [each["number"] for each in dropped["items"]] == [1, 2, 3, 4, 5]
    assert len(added["checks"]) == len(content["checks"]) + 1
    assert changed(content, "up-items-99")["items"] == content["items"] == changed(content, "burn")["items"]


def test_editor_gives_back_what_it_was_given(content):
    editor = Editor.of(content, seen_version=3)

    assert editor.fits and editor.content == content and editor.seen_version == 3


def asked_of(world, *, by):
    """Returns the form at the last assessment of another participant."""
    visit = booked(consented_participant(world, by=by), "V19", by=by)
    return Assessment.objects.get(visit=visit, instrument=CODE)


def test_published_version_is_signed_and_asked_of_whatever_nobody_has_begun(world, dev, ben, content):
    begun, waiting = asked_of(world, by=ben), asked_of(world, by=ben)
    actions.enter_item(begun, item=2, value=3, by=ben, at=AT)
    draft = draft_of(world, with_items(content, item(), checks=[check(expr="i7 == 1 and i2 > 10")]), by=dev)

    form = publish(draft, by=dev)

    later = asked_of(world, by=ben)
    for each in (begun, waiting):
        each.refresh_from_db()
    assert (form.number, signatures_of(form)[0].signer) == (2, dev)
    last = [queries.items_for(each)[-1].code for each in (begun, waiting, later)]
    assert last == ["REMARK", "PETS", "PETS"]
    assert open_draft(world.version, CODE) is None
    assert present_content(world.version, CODE) == form.content


def test_soft_check_of_a_published_form_asks_for_the_reason_and_a_hard_one_refuses(world, dev, ben, content):
    checks = [check(expr="i2 > 50"), check(code="LS10", level="hard", expr="i2 > 100", text="That cannot be right.")]
    publish(draft_of(world, with_items(content, checks=checks), by=dev), by=dev)
    form = asked_of(world, by=ben)
    said = {"missing_reason": "Left early", "by": ben, "at": AT}

    actions.enter_item(form, item=2, value=120, by=ben, at=AT)
    with pytest.raises(Refused, match="cannot be right"):
        actions.complete_form(form, confirmations={"LS9": "A wedding"}, **said)
    actions.enter_item(form, item=2, value=60, by=ben, at=AT + timedelta(minutes=1))
    with pytest.raises(Refused, match="say why it is right"):
        actions.complete_form(form, **said)
    actions.complete_form(form, confirmations={"LS9": "A wedding"}, **said)

    assert form.state == "locked"


def test_nothing_with_a_fault_unchanged_or_changed_meanwhile_is_published(world, dev, content):
    same = draft_of(world, content, by=dev)
    with pytest.raises(Refused, match="Nothing differs"):
        publish(same, by=dev)
    wrong = draft_of(world, with_items(content, item(code="")), by=dev, seen=same.version)
    with pytest.raises(Refused) as refused:
        publish(wrong, by=dev)
    right = draft_of(world, with_items(content, item()), by=dev, seen=wrong.version)
    with pytest.raises(Conflict):
        publish(right, by=dev, seen_version=same.version)
    with pytest.raises(Conflict):
        draft_of(world, content, by=dev, seen=same.version)
    with pytest.raises(WrongPassword):
        publish(right, by=dev, password="wrong")
    with pytest.raises(Refused, match="why the form"):
        publish(right, by=dev, reason=" ")

    assert refused.value.details[0].startswith("Items 7:")
    assert not FormVersion.objects.exists()


def test_page_keeps_a_draft_with_its_faults_and_loses_nothing_that_was_typed(world, dev, content, client_for):
    browser, address = client_for(dev), reverse("assessments:form-edit", args=[CODE])
    typed = dict(Editor.of(with_items(content, item(kind="whole", range=["few", 3])), seen_version=0).head.data)

    kept = browser.post(address, typed | {"do": "keep"})
    page = browser.get(address)
    text = page.content.decode()

    assert kept.status_code == 302 and FormDraft.objects.get().content["items"][6]["range"] == ["few", 3]
    assert 'value="few"' in text and "is not a number" in text and "Error: Edit" in text
    again = browser.post(address, typed | {"do": "keep", "title": "Another"})
    assert (
        again.status_code == 409
        and "Two drafts" in again.content.decode()
        and 'value="Another"' in again.content.decode()
    )
    browser.post(address, typed | {"do": "give-up"})
    assert open_draft(world.version, CODE) is None


def test_preview_shows_the_sheet_and_keeps_nothing(dev, content, client_for):
    browser, address = client_for(dev), reverse("assessments:form-preview", args=[CODE])
    typed = dict(Editor.of(with_items(content, item()), seen_version=0).head.data)

    whole = browser.post(address, typed).content.decode()
    faulty = browser.post(address, typed | {"item-6-code": ""}).content.decode()

    assert "Any animals at home?" in whole and "asks once for the reason" in whole
    assert 'href="#items-6"' in faulty and "Not ready" in faulty
    assert not FormDraft.objects.exists()


def test_form_is_published_from_its_page(world, dev, content, client_for):
    draft_of(world, with_items(content, item()), by=dev)
    browser, address = client_for(dev), reverse("assessments:form-publish", args=[CODE])

    shown = browser.get(address)
    refused = browser.post(address, {"reason": "Animals", "seen_version": 1, "password": "wrong"})
    done = browser.post(address, {"reason": "Animals", "seen_version": 1, "password": PASSWORD})

    assert shown.context["changes"] == [("added", "Item PETS")]
    assert refused.status_code == 422 and "password is not right" in refused.content.decode()
    assert done.status_code == 302 and FormVersion.objects.get().number == 2
    assert browser.get(address).status_code == 302
