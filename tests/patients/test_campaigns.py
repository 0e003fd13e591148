"""After an amendment: who must sign again, what waits until then, and the move to the version consented to."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core import worklist as core_worklist
from core.errors import Refused
from core.permissions import Viewer
from patients import actions, queries
from patients.models import Participant, ReconsentCampaign, Visit
from patients.worklist import worklist_items
from reminders.models import Reminder
from tests.cast import AT, PASSWORD
from tests.stages import OPTIONS, PAPER, amended, complete, consented, signed

LATER = AT + timedelta(days=3)
SIGN_BY = (LATER + timedelta(days=14)).date()


@pytest.fixture
def participant(world, ben):
    """Somebody who consented to the first form."""
    return consented(world, by=ben, at=AT)


@pytest.fixture
def newer(world, participant, ada):
    """The form of the amendment, in force three days later."""
    return amended(world, on=LATER.date(), by=ada)


@pytest.fixture
def campaign(newer, site_a, ada, ben, participant):
    """An open campaign; the participant may be written to."""
    actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=AT)
    return actions.open_campaign(site_a, form=newer, reason="A visit may come later", sign_by=SIGN_BY, by=ada, at=LATER)


def sign_again(participant, form, *, by, at=LATER):
    """Records the newer consent from paper."""
    fresh = Participant.objects.select_related("site__trial", "protocol_version").get(pk=participant.pk)
    return actions.record_consent(
        fresh, form=form, signed_at=at, options=OPTIONS, paper=PAPER, password=PASSWORD, by=by, at=at
    )


def visit_of(participant, code):
    """Returns a visit as it stands now."""
    return Visit.objects.select_related("participant__site", "participant__protocol_version", "site").get(
        participant=participant, code=code
    )


def test_no_visit_starts_before_the_new_consent_and_the_move(participant, newer, ben):
    with pytest.raises(Refused, match=r"Version 2\.0 .* signed version 1\.0\. Ask for the new consent first"):
        actions.start_visit(visit_of(participant, "V0"), by=ben, at=LATER)

    sign_again(participant, newer, by=ben)
    with pytest.raises(Refused, match="Move the participant first"):
        actions.start_visit(visit_of(participant, "V0"), by=ben, at=LATER)

    actions.move_to_version(participant, by=ben, at=LATER)
    assert actions.start_visit(visit_of(participant, "V0"), by=ben, at=LATER).state == "started"


def test_a_visit_of_a_day_before_the_amendment_needs_the_form_of_its_day(participant, newer, ben):
    assert actions.start_visit(visit_of(participant, "V0"), by=ben, at=AT + timedelta(hours=1)).state == "started"


def test_consenting_alone_moves_nobody(participant, newer, ben):
    sign_again(participant, newer, by=ben)

    assert Participant.objects.get(pk=participant.pk).protocol_version.version == "1.0"


def test_moving_replans_what_is_open_and_leaves_what_was_done(participant, newer, ben):
    done = visit_of(participant, "V0")
    actions.start_visit(done, by=ben, at=AT)
    for procedure in done.procedures.all():
        actions.record_procedure(done, code=procedure.code, state="done", by=ben, at=AT)
    actions.finish_visit(done, by=ben, at=AT + timedelta(hours=2))
    before = {visit.code: visit for visit in participant.visits.all()}
    kept = list(before["V0"].procedures.order_by("id").values_list("code", "state"))
    sign_again(participant, newer, by=ben)
    change = actions.preview_version(Participant.objects.get(pk=participant.pk))

    actions.move_to_version(participant, by=ben, at=LATER)

    after = {visit.code: visit for visit in participant.visits.all()}
    assert [line.before.code for line in change.moves] == ["V1"] and (change.comes, change.goes) == ((), ())
    assert after["V1"].latest_on - before["V1"].latest_on == timedelta(days=7)
    assert (
        after["V0"].state == "done" and list(after["V0"].procedures.order_by("id").values_list("code", "state")) == kept
    )
    assert after["V20"].procedures.get(code="ECG12").state == "not_done"
    assert after["V4"].procedures.get(code="LABS").state == "due"
    assert participant.protocol_version.version == "2.0" and after.keys() == before.keys()


def test_nobody_is_moved_without_the_consent_or_in_the_middle_of_a_visit(participant, newer, ben):
    with pytest.raises(Refused, match="no other version"):
        actions.move_to_version(participant, by=ben, at=LATER)

    actions.start_visit(visit_of(participant, "V0"), by=ben, at=AT)
    sign_again(participant, newer, by=ben)
    with pytest.raises(Refused, match="Screening is under way"):
        actions.move_to_version(participant, by=ben, at=LATER)
    assert Participant.objects.get(pk=participant.pk).protocol_version.version == "1.0"


def test_campaign_lists_who_must_sign_and_who_has(world, campaign, participant, newer, ben):
    other = consented(world, by=ben, at=AT, name="Ola Sample")
    sign_again(other, newer, by=ben)

    lines = {line.participant.pk: (line.signed_version, bool(line.signed_at), line.moved) for line in
             queries.campaign_lines(campaign)}  # fmt: skip

    assert lines == {participant.pk: ("1.0", False, False), other.pk: ("1.0", True, False)}
    counted = queries.with_counts(ReconsentCampaign.objects.all()).get()
    assert (counted.asked, counted.signed) == (2, 1)


def test_who_withdrew_is_not_asked(campaign, participant, ben):
    actions.withdraw_consent(participant, scope="procedures", reason="", by=ben, at=LATER)

    assert queries.campaign_lines(campaign) == []
    assert queries.with_counts(ReconsentCampaign.objects.all()).get().asked == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"sign_by": (LATER - timedelta(days=1)).date()}, "is past"), ({"reason": " "}, "Say what changed")],
    ids=["past day", "no reason"],
)
def test_a_campaign_that_makes_no_sense_is_refused(newer, site_a, ada, changed, words):
    values = {"form": newer, "reason": "New text", "sign_by": SIGN_BY} | changed

    with pytest.raises(Refused, match=words):
        actions.open_campaign(site_a, **values, by=ada, at=LATER)

    assert not ReconsentCampaign.objects.exists()


def test_a_campaign_is_opened_once_and_only_for_a_form_in_force(campaign, newer, site_a, ada):
    values = {"form": newer, "reason": "Again", "sign_by": SIGN_BY, "by": ada}

    with pytest.raises(Refused, match="there already"):
        actions.open_campaign(site_a, **values, at=LATER)
    with pytest.raises(Refused, match="in force at the site"):
        actions.open_campaign(site_a, **values, at=AT)


def test_worklist_names_who_must_sign_then_who_must_be_moved(campaign, participant, newer, ben):
    viewer = Viewer.at(ben, LATER)

    to_sign = [line for line in core_worklist.lines_of(worklist_items(viewer, LATER)) if "consent" in line.url]
    sign_again(participant, newer, by=ben)
    to_move = [line for line in core_worklist.lines_of(worklist_items(viewer, LATER)) if line.url.endswith("/move/")]
    late = core_worklist.lines_of(worklist_items(viewer, LATER + timedelta(days=20)))

    assert [(line.task, line.action_label) for line in to_sign] == [("New consent, version 2.0", "Sign")]
    assert [line.subject for line in to_move] == [participant.screening_number] and to_move[0].band == core_worklist.NOW
    assert any(line.task.startswith("Move") for line in late)


def test_a_campaign_reminds_and_stops_reminding_when_it_ends(campaign, participant, ada):
    planned = Reminder.objects.filter(key__contains=campaign.public_id)
    templates = {reminder.template: bool(reminder.participant_id) for reminder in planned}

    actions.close_campaign(campaign, reason="Everybody was asked", by=ada, at=LATER)

    assert templates == {"reconsent_open": False, "reconsent_talk": True}
    assert set(planned.values_list("state", flat=True)) == {"cancelled"}


def test_pages_open_a_campaign_sign_on_the_tablet_and_move(world, participant, newer, ada, ben, client_for):
    investigator, coordinator = client_for(ada), client_for(ben)
    sent = {"form": newer.public_id, "reason": "Longer window", "sign_by": "2027-01-15"}

    opened = investigator.post(reverse("patients:campaign-list"), sent)
    refused = client_for(ben).post(reverse("patients:campaign-list"), sent)
    fresh = Participant.objects.select_related("site__trial", "protocol_version").get(pk=participant.pk)
    signing = signed(fresh, by=ben, at=LATER)
    complete(signing, by=ben, at=LATER)
    preview = coordinator.get(reverse("patients:participant-move", args=[participant.public_id]))
    moved = coordinator.post(reverse("patients:participant-move", args=[participant.public_id]))

    assert opened.status_code == 302 and "Re-consent to version 2.0" in investigator.get(opened.url).content.decode()
    assert ReconsentCampaign.objects.count() == 1 and refused.status_code == 404
    assert "Preparatory session 1" in preview.content.decode()
    assert moved.status_code == 302
    assert Participant.objects.get(pk=participant.pk).protocol_version.version == "2.0"
