"""Own forms: a draft is kept with its faults, and published without any, under signature."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assessments.form_versions import latest_form, open_draft, present_content
from assessments.models import Assessment, AssessmentState, FormDraft, FormVersion
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign
from protocol.own_forms import FormFault, faults_of

if TYPE_CHECKING:
    from trials.models import ProtocolVersion


def keep_draft(
    version: "ProtocolVersion", *, code: str, content: Mapping[str, Any], seen_version: int, by: Person, at: datetime
) -> FormDraft:
    """Keeps the draft of an own form as it stands, faults and all; the same content again changes nothing.

    `seen_version` is the version that the writer started from, nought for a form without a draft. Raises Conflict when
    somebody else kept another one meanwhile.
    """
    with contribution(by=by, reason=f"Draft of {code} kept"):
        draft = open_draft(version, code)
        if (draft.version if draft else 0) != seen_version:
            raise Conflict("Somebody else has changed this draft meanwhile. Theirs is shown beside what you typed.")
        if draft is None:
            return FormDraft.objects.create(protocol_version=version, code=code, content=dict(content), recorded_by=by)
        if draft.content != content:
            draft.content, draft.version, draft.recorded_by = dict(content), draft.version + 1, by
            draft.save(update_fields=["content", "version", "recorded_by"])
    return draft


def give_up_draft(draft: FormDraft, *, by: Person, at: datetime) -> FormDraft:
    """Closes a draft without publishing it; it stays on record."""
    with contribution(by=by, reason=f"Draft of {draft.code} given up"):
        if draft.closed_at is None:
            draft.closed_at = at
            draft.save(update_fields=["closed_at"])
    return draft


def publish_form(
    draft: FormDraft, *, reason: str, seen_version: int, password: str, by: Person, at: datetime
) -> FormVersion:
    """Publishes a draft as the next version of its form under signature; entry pages ask it from then on.

    What was begun is finished under the version that it began with. Raises Refused for a draft with a fault, or one
    that changes nothing, and Conflict when the draft was changed or published meanwhile.
    """
    if not reason.strip():
        raise Refused("Say why the form is changed.", field="reason")
    version = draft.protocol_version
    with contribution(by=by, reason=reason):
        held = FormDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        if held.closed_at is not None or held.version != seen_version:
            raise Conflict("The draft was changed or published meanwhile. Look at it again.")
        faults = faults_of(version.source, held.code, held.content)
        if faults:
            raise Refused("The draft has faults; each stands at its place.", details=_sentences(faults))
        if held.content == present_content(version, held.code):
            raise Refused("Nothing differs from the version that is asked now.")
        before = latest_form(version, held.code)
        form = FormVersion.objects.create(
            protocol_version=version,
            code=held.code,
            number=before.number + 1 if before else 2,
            content=held.content,
            reason=reason.strip(),
            published_at=at,
            recorded_by=by,
        )
        sign(form, by=by, password=password, meaning=SignatureMeaning.APPROVAL, at=at)
        held.closed_at = at
        held.save(update_fields=["closed_at"])
        _ask_from_now_on(form)
    return form


def _ask_from_now_on(form: FormVersion) -> int:
    """Lets whatever nobody has begun to answer be asked by the new version, and returns how many there were."""
    waiting = Assessment.objects.filter(
        instrument=form.code, protocol_version=form.protocol_version, state=AssessmentState.READY
    )
    return waiting.update(form_version=form)


def _sentences(faults: tuple[FormFault, ...]) -> tuple[str, ...]:
    return tuple(
        f"{fault.block.capitalize()}{f' {fault.row + 1}' if fault.row is not None else ''}: {fault.message}"
        for fault in faults
    )
