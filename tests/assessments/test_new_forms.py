"""Forms that no protocol file holds: begun from nothing, placed in the schedule beside the file, asked and scored."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from assessments import actions, queries
from assessments.completeness import assessed_visits
from assessments.form_editor import Choices, Editor, numbers_in
from assessments.form_versions import (
    definition_with_forms,
    drafts_of_new_forms,
    is_taken,
    left_behind,
    open_draft,
    present_content,
)
from assessments.models import Assessment, FormVersion
from core.errors import Refused, WrongPassword
from core.signatures import signatures_of
from patients.queries import procedures_asked
from protocol.own_forms import faults_of, with_forms
from protocol.scoring import score
from sponsors.datasets.catalogue import DATASETS
from sponsors.datasets.columns import Viewpoint
from tests.assessments.conftest import AT, booked, consented_participant
from tests.cast import PASSWORD
from tests.stages import amended
from trials.models import FormPlacement
from trials.queries import definition_of, placed_procedures

CODE = "COSTS"
SINCE = {"number": 6, "code": "SINCE", "text": "Since?", "kind": "partial_date"}
OF_ITSELF = {"code": "C3", "level": "soft", "expr": "costs_total > 3", "text": "Is it right?"}


def items(*more):
    return [
        {"number": 1, "code": "WORRY", "text": "How much did money worry you?", "kind": "choice",
         "options": ["not at all", "a little", "much", "very much"]},
        {"number": 2, "code": "EASE", "text": "How easy was it to get here?", "kind": "whole", "range": [0, 10]},
        {"number": 3, "code": "PAID", "text": "Did you pay anything yourself?", "kind": "yes_no"},
        {"number": 4, "code": "AMOUNT", "text": "How much?", "kind": "number", "range": [0, 9999], "unit": "EUR",
         "asked_after": 3},
        {"number": 5, "code": "REMARK", "text": "Anything else?", "kind": "text", "may_be_not_done": True},
        *more,
    ]  # fmt: skip


def content(**changes):
    checks = [
        {"code": "C1", "level": "hard", "expr": "i4 > 5000", "text": "More than 5000 cannot be right."},
        {"code": "C2", "level": "soft", "expr": "i1 == 3 and pcl5_total == 0", "text": "Is it right?"},
    ]
    return {
        "name": "What it costs to take part", "edition": "1", "items": items(), "checks": checks,
        "role": "coordinator", "recall": "the last month", "languages": ["en"],
        "scoring": {"method": "sum", "items": [1, 2], "reverse": [2]}, "visits": ["V3", "V19"],
    } | changes  # fmt: skip


@pytest.fixture
def dev(world):
    return world.people["dev"]


def draft_of(world, *, by, **changes):
    draft = open_draft(world.version, CODE) or (
        None if FormVersion.objects.filter(code=CODE).exists() else begun(world, by=by)
    )
    seen = draft.version if draft else 0
    return actions.keep_draft(world.version, code=CODE, content=content(**changes), seen_version=seen, by=by, at=AT)


def begun(world, *, by, code=CODE):
    return actions.begin_form(world.version, code=code, name="What it costs", by=by, at=AT)


def publish(draft, *, by, **changes):
    said = {"reason": "Costs matter", "seen_version": draft.version, "password": PASSWORD} | changes
    return actions.publish_form(draft, **said, by=by, at=AT)


def asked_at(visit, code=CODE):
    return Assessment.objects.filter(visit=visit, instrument=code).exclude(state="cancelled").first()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("costs", "capitals"), ("C", "capitals"), ("1COSTS", "capitals"), ("C" * 17, "capitals"),
        ("BDI2", "something else"), ("AE", "something else"), ("LIFESTYLE", "something else"),
    ],
)  # fmt: skip
def test_code_is_a_name_of_its_own_in_the_whole_trial(world, dev, code, words):
    with pytest.raises(Refused, match=words):
        begun(world, by=dev, code=code)

    begun(world, by=dev)
    assert is_taken(CODE) and is_taken("costs")
    with pytest.raises(Refused, match="something else"):
        begun(world, by=dev)
    assert [draft.code for draft in drafts_of_new_forms(world.version)] == [CODE]


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"visits": ["V99"]}, ("form", "visits"), "V99"),
        ({"role": "gardener"}, ("form", "role"), "gardener"),
        ({"scoring": {"method": "sum", "items": [1, 5]}}, ("form", "scoring"), "Item 5"),
        ({"scoring": {"method": "sum", "items": [1, 9]}}, ("form", "scoring"), "Item 9"),
        ({"scoring": {"method": "sum", "items": [1], "reverse": [2]}}, ("form", "scoring"), "not scored"),
        ({"scoring": {"method": "sum", "items": [1, 2], "may_miss": 1}}, ("form", "scoring"), "Only a mean"),
        ({"scoring": {"method": "mean", "items": [1, 2], "may_miss": 2}}, ("form", "scoring"), "not all of them"),
        ({"scoring": {"method": "sum", "items": ["x"]}}, ("form", "scoring"), "x"),
        ({"role": "participant", "items": items(SINCE)}, ("items", "kind"), "telephone"),
        ({"checks": [OF_ITSELF]}, ("checks", "expr"), "costs_total"),
    ],
    ids=[
        "a visit that is not there", "a duty that is not there", "words are scored", "an item that is not there",
        "turned round, not scored", "a sum that lacks items", "a mean of nothing", "no number",
        "a participant's partial date", "its own total",
    ],
)  # fmt: skip
def test_fault_is_told_at_its_place(world, changes, place, words):
    faults = faults_of(world.version.source, CODE, content(**changes))

    assert place in [(fault.block, fault.name) for fault in faults]
    assert any(words in fault.message for fault in faults)


# Worked by hand: item 2 counts from the other end of nought to ten; item 4 stands behind item 3.
@pytest.mark.parametrize(
    ("how", "answers", "value", "reason"),
    [
        ({"method": "sum", "items": [1, 2], "reverse": [2]}, {1: 3, 2: 4}, 9, ""),
        ({"method": "sum", "items": [1, 2], "reverse": [2]}, {1: 0, 2: 0}, 10, ""),
        ({"method": "sum", "items": [1, 2], "reverse": [2]}, {1: 3}, None, "item 2"),
        ({"method": "sum", "items": [1, 3]}, {1: 2, 3: 1}, 3, ""),
        ({"method": "mean", "items": [1, 2, 3]}, {1: 3, 2: 5, 3: 1}, 3, ""),
        ({"method": "mean", "items": [1, 2, 3], "may_miss": 1}, {1: 3, 2: 6}, Decimal("4.5"), ""),
        ({"method": "mean", "items": [1, 2, 3], "may_miss": 1}, {1: 3}, None, "items 2, 3"),
    ],
    ids=[
        "turned round",
        "nought turned round",
        "missing",
        "yes counts one",
        "mean",
        "mean that lacks one",
        "lacks two",
    ],
)
def test_score_of_a_form_is_what_its_writer_says(world, how, answers, value, reason):
    block = with_forms(world.version.source, {CODE: content(scoring=how)}).instruments[CODE]

    found = score(block, answers)

    assert next(iter(found.values.values()), None) == value
    assert found.complete is not bool(reason) and reason in found.reason


def test_published_form_is_signed_twice_and_asked_at_its_visits_and_nowhere_else(world, dev, ben):
    waiting, early = (consented_participant(world, by=ben) for _ in range(2))
    booked(waiting, "V3", by=ben)

    form = publish(draft_of(world, by=dev), by=dev)

    placement = FormPlacement.objects.get(code=CODE)
    later = consented_participant(world, by=ben)
    assert (form.number, placement.visits, placement.number) == (1, ["V3", "V19"], 1)
    assert [signatures_of(each)[0].signer for each in (form, placement)] == [dev, dev]
    assert "visits" not in form.content and present_content(world.version, CODE) == content()
    for person in (waiting, early, later):
        asked = person.visits.filter(procedures__code=CODE).order_by("order").values_list("code", flat=True)
        assert list(asked) == ["V3", "V19"]
    assert asked_at(waiting.visits.get(code="V3")).form_version == form
    assert asked_at(booked(early, "V3", by=ben)).respondent == "site"
    assert definition_of(world.version).procedures.get(CODE) is None
    names = [procedure.name for procedure in procedures_asked(later.visits.get(code="V3"), [CODE])]
    assert names[-1] == "What it costs to take part"


def test_form_is_answered_checked_scored_and_exported_like_the_others(world, dev, ben):
    publish(draft_of(world, by=dev), by=dev)
    person = consented_participant(world, by=ben)
    form = asked_at(booked(person, "V3", by=ben))
    actions.enter_items(form, answers={1: 2, 2: 3, 3: 1, 4: "6000"}, by=ben, at=AT)

    with pytest.raises(Refused, match="5000"):
        actions.complete_form(form, missing_reason="No remark", by=ben, at=AT)
    actions.enter_item(form, item=4, value="60.50", by=ben, at=AT + timedelta(minutes=1))
    actions.complete_form(form, missing_reason="No remark", by=ben, at=AT)

    entered = form.items.get(item=4)
    assert (entered.recorded_by, entered.source, entered.version, entered.text) == (ben, "site", 2, "60.50")
    assert queries.standing_scores([form])[form.pk][0].value == "9"
    everything = Viewpoint("unblinded", notes=True, site_ids=None)
    for name, rows in (("item_values", 4), ("scores", 1)):
        dataset = DATASETS[name]
        assert dataset.rows_for(everything).filter(assessment__instrument=CODE).count() == rows
    said = queries.forms_described()
    assert [(each["code"], each["number"], each["visits"]) for each in said] == [(CODE, 1, ["V3", "V19"])]
    assert said[0]["items"][3] == {
        "number": 4, "code": "AMOUNT", "text": "How much?", "kind": "number", "range": [0, 9999], "unit": "EUR",
        "asked_after": 3,
    }  # fmt: skip


def test_visits_that_ask_for_nothing_else_count_as_assessed(world, dev):
    visit = next(
        visit.code
        for visit in definition_of(world.version).visits
        if visit.code not in {code for code, _, _ in assessed_visits(definition_of(world.version))}
    )

    publish(draft_of(world, by=dev, visits=[visit]), by=dev)

    assert visit in {code for code, _, _ in assessed_visits(definition_with_forms(world.version))}


def test_other_visits_follow_a_new_place_and_what_was_added_by_hand_stays(world, dev, ben):
    publish(draft_of(world, by=dev), by=dev)
    person = consented_participant(world, by=ben)
    first, second = booked(person, "V3", by=ben), booked(person, "V1", by=ben)
    added = actions.add_form(second, code=CODE, by=ben, at=AT)

    publish(draft_of(world, by=dev, visits=["V19"]), by=dev, reason="Too much at V3")

    assert asked_at(first) is None
    assert first.procedures.get(code=CODE).not_done_reason == "No longer asked at this visit"
    added.refresh_from_db()
    assert added.state == "ready" and second.procedures.get(code=CODE).state == "due"
    assert (FormPlacement.objects.count(), FormVersion.objects.filter(code=CODE).count()) == (2, 1)
    publish(draft_of(world, by=dev, visits=["V3"]), by=dev, reason="V3 after all")
    assert first.procedures.get(code=CODE).state == "due" and asked_at(first) is not None


def test_unscheduled_form_is_asked_when_somebody_adds_it(world, dev, ben, client_for):
    publish(draft_of(world, by=dev, visits=[]), by=dev)
    person = consented_participant(world, by=ben)
    visit = booked(person, "V2", by=ben)
    address = reverse("assessments:form-add", args=[visit.public_id])
    browser = client_for(ben)
    assert asked_at(visit) is None and placed_procedures(world.version) == {}

    page = browser.get(address).content.decode()
    done = browser.post(address, {"code": CODE})

    assert "COSTS" in page and done.url == reverse("assessments:form-detail", args=[asked_at(visit).public_id])
    assert "no further form" in browser.get(address).content.decode()
    assert "What it costs" in browser.get(reverse("patients:visit-detail", args=[visit.public_id])).content.decode()
    planned = person.visits.get(code="V3")
    with pytest.raises(Refused, match="book or start"):
        actions.add_form(planned, code=CODE, by=ben, at=AT)
    with pytest.raises(Refused, match="no such form"):
        actions.add_form(visit, code="LIFESTYLE", by=ben, at=AT)


def test_participants_answer_on_their_own_telephone(world, dev, ben):
    publish(draft_of(world, by=dev, role="participant"), by=dev)
    person = consented_participant(world, by=ben)
    visit = booked(person, "V3", by=ben)

    assert asked_at(visit).respondent == "participant"
    assert CODE in [form.instrument for form in queries.open_forms_of(person)]


def test_form_of_an_earlier_protocol_is_taken_along_under_signature(world, dev, ada):
    publish(draft_of(world, by=dev), by=dev)
    newer = amended(world, on=AT.date(), by=ada).protocol_version

    assert list(left_behind(newer)) == [CODE]
    draft = actions.take_form_along(newer, code=CODE, by=dev, at=AT)
    assert left_behind(newer) == {}
    assert publish(draft, by=dev).number == 1
    assert present_content(newer, CODE) == content()


def test_wrong_password_publishes_neither_form_nor_place(world, dev):
    draft = draft_of(world, by=dev)

    with pytest.raises(WrongPassword):
        publish(draft, by=dev, password="wrong")

    assert not FormVersion.objects.exists() and not FormPlacement.objects.exists()


def test_editor_gives_back_what_it_was_given(world):
    choices = Choices.of(definition_of(world.version))

    editor = Editor.of(content(), seen_version=3, choices=choices)

    assert editor.fits and editor.content == content()
    assert numbers_in("1-3, 7") == [1, 2, 3, 7] and numbers_in("2, x") == [2, "x"] and numbers_in("") == []


def test_form_is_begun_written_and_published_from_its_pages(world, dev, client_for):
    browser = client_for(dev)
    began = browser.post(reverse("assessments:form-new"), {"code": CODE, "title": "What it costs"})
    again = browser.post(reverse("assessments:form-new"), {"code": CODE, "title": "What it costs"})
    address = reverse("assessments:form-edit", args=[CODE])
    page = browser.get(address).content.decode()
    choices = Choices.of(definition_of(world.version))
    typed = dict(Editor.of(content(), seen_version=1, choices=choices).head.data) | {"do": "keep"}

    kept = browser.post(address, typed)
    preview = browser.post(reverse("assessments:form-preview", args=[CODE]), typed).content.decode()
    publishing = browser.get(reverse("assessments:form-publish", args=[CODE]))
    done = browser.post(
        reverse("assessments:form-publish", args=[CODE]), {"reason": "Costs", "seen_version": 2, "password": PASSWORD}
    )

    assert began.url == address and again.status_code == 422 and "Asked at" in page
    assert kept.status_code == 302 and "How much did money worry you?" in preview
    assert ("asked", "V3 Baseline") in [(verb, what[:11]) for verb, what in publishing.context["changes"]]
    assert done.status_code == 302
    assert "at V3, V19" in browser.get(reverse("assessments:instrument-list")).content.decode()
    assert "sum of items 1, 2" in browser.get(reverse("assessments:instrument-detail", args=[CODE])).content.decode()
