"""What a participant does on the own pages; every verb takes the same thing twice and keeps it once."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from assessments import actions as assessment_actions
from assessments import queries as assessment_queries
from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from patients import actions as patient_actions
from portal.models import DiaryEntry, OwnAccess

if TYPE_CHECKING:
    from assessments.models import Assessment
    from patients.models import Participant

LOCKED, PARTICIPANT = "locked", "participant"
OWN_WORD = "The participant answered so on the own pages"


def answer_item(form: "Assessment", *, item: int, value: int | str | None, by: Person, at: datetime) -> None:
    """Keeps one answer at once; one that arrives again, or late after the form was closed, changes nothing.

    Raises Refused for what the item does not take.
    """
    if form.state != LOCKED:
        assessment_actions.enter_item(form, item=item, value=value, source=PARTICIPANT, by=by, at=at)


def complete_form(form: "Assessment", *, missing_reason: str, by: Person, at: datetime) -> None:
    """Closes a questionnaire; closed twice is closed once. Raises Refused for open items without a reason.

    What is not asked after another answer is taken back; what an edit check doubts is the participant's own word.
    """
    if form.state == LOCKED:
        return
    for number in assessment_queries.unasked_answers(form):
        assessment_actions.enter_item(form, item=number, value=None, source=PARTICIPANT, by=by, at=at)
    own_word = {check.code: OWN_WORD for check in assessment_queries.checks_for(form)}
    assessment_actions.complete_form(form, missing_reason=missing_reason, confirmations=own_word, by=by, at=at)


def write_diary(
    participant: "Participant",
    *,
    about_on: date,
    wellbeing: int,
    words: str,
    submission_id: UUID,
    by: Person,
    at: datetime,
) -> DiaryEntry:
    """Keeps one page of the diary. Raises Refused for a day to come."""
    known = DiaryEntry.objects.filter(submission_id=submission_id).first()
    if known is not None:
        return known
    if about_on > local_date(at, zone=participant.site.zone):
        raise Refused("need_day", field="about_on")
    with contribution(by=by, reason="Diary written"):
        return DiaryEntry.objects.create(
            participant=participant, site=participant.site, about_on=about_on, wellbeing=wellbeing, words=words.strip(),
            written_at=at, submission_id=submission_id, recorded_by=by,
        )  # fmt: skip


def choose_contact(participant: "Participant", *, channels: dict[str, bool], by: Person, at: datetime) -> None:
    """Keeps by which ways the participant may be reached."""
    with contribution(by=by, reason="Contact chosen on the own pages"):
        for channel, given in sorted(channels.items()):
            patient_actions.record_contact_consent(participant, channel=channel, given=given, by=by, at=at)


def pause(participant: "Participant", *, by: Person, at: datetime) -> None:
    """Asks nothing more of the participant on the own pages until they go on."""
    _set_pause(participant, paused_at=at, reason="The participant takes a pause", by=by)


def go_on(participant: "Participant", *, by: Person) -> None:
    """Ends the pause."""
    _set_pause(participant, paused_at=None, reason="The participant goes on", by=by)


def _set_pause(participant: "Participant", *, paused_at: datetime | None, reason: str, by: Person) -> None:
    with contribution(by=by, reason=reason):
        access = OwnAccess.objects.select_for_update().get(participant=participant)
        if (access.paused_at is None) != (paused_at is None):
            access.paused_at = paused_at
            access.save(update_fields=["paused_at"])
