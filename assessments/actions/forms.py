"""Own forms: a draft is kept with its faults, and published without any, under signature."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assessments.form_versions import (
    faults_under,
    is_beside,
    is_taken,
    latest_form,
    left_behind,
    open_draft,
    present_content,
)
from assessments.instruments import PARTICIPANT
from assessments.models import Assessment, AssessmentState, FormDraft, FormVersion
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign
from patients import actions as patient_actions
from protocol.own_forms import FormFault
from trials import actions as trial_actions
from trials.queries import definition_of

if TYPE_CHECKING:
    from patients.models import Visit
    from trials.models import FormPlacement, ProtocolVersion

SITE, COORDINATOR = "site", "coordinator"
# The code becomes a name in edit checks and in exports.
FORM_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,15}")
# What of a content says where the form is asked and not what.
PLACE = "visits"


def begin_form(version: "ProtocolVersion", *, code: str, name: str, by: Person, at: datetime) -> FormDraft:
    """Begins the draft of a form that no protocol file holds; it asks nobody before it is published.

    Raises Refused for a code that is not of capitals, digits and underscores, or that anything in the trial has.
    """
    if not FORM_CODE.fullmatch(code):
        raise Refused("Give it 2 to 16 capitals, digits and underscores, a capital first.", field="code")
    if is_taken(code):
        raise Refused(f"{code} is the code of something else in this trial. Choose another.", field="code")
    duty = COORDINATOR if COORDINATOR in definition_of(version).roles else next(iter(definition_of(version).roles))
    blank = {"number": 1, "code": f"{code[:16]}_1", "text": "", "kind": "yes_no"}
    content = {
        "name": name.strip(), "edition": "1", "items": [blank], "checks": [], "role": duty, "visits": [],
    }  # fmt: skip
    return keep_draft(version, code=code, content=content, seen_version=0, by=by, at=at)


def take_form_along(version: "ProtocolVersion", *, code: str, by: Person, at: datetime) -> FormDraft:
    """Begins the draft of a form that an earlier version of the protocol had beside it, as it stood there last.

    Visits that this version does not have fall away. Raises Refused where there is no such form.
    """
    content = left_behind(version).get(code)
    if content is None:
        raise Refused(f"No earlier version of the protocol has a form {code} that is not asked now.")
    there = definition_of(version).visits_by_code
    kept = {**content, PLACE: [visit for visit in content[PLACE] if visit in there]}
    return keep_draft(version, code=code, content=kept, seen_version=0, by=by, at=at)


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
            raise Conflict("This draft was changed meanwhile, perhaps in another tab. What you typed stands below.")
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

    A form beside the protocol's file is placed at its visits with it, under a signature of its own. What was begun is
    finished under the version that it began with. Raises Refused for a draft with a fault, or one that changes nothing,
    and Conflict when the draft was changed or published meanwhile.
    """
    if not reason.strip():
        raise Refused("Say why the form is changed.", field="reason")
    version = draft.protocol_version
    with contribution(by=by, reason=reason):
        held = FormDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        if held.closed_at is not None or held.version != seen_version:
            raise Conflict("The draft was changed or published meanwhile. Look at it again.")
        faults = faults_under(version, held.code, held.content)
        if faults:
            raise Refused("The draft has faults; each stands at its place.", details=_sentences(faults))
        before, last = present_content(version, held.code), latest_form(version, held.code)
        if held.content == before:
            raise Refused("Nothing differs from the version that is asked now.")
        signed: dict[str, Any] = {"reason": reason.strip(), "password": password, "by": by, "at": at}
        form = last
        if last is None or _asks(held.content) != _asks(before or {}):
            form = _publish(held, number=_next_number(version, held.code, last), **signed)
        assert form is not None
        if PLACE in held.content and _place(held.content) != _place(before or {}):
            placement = _placed(held, **signed)
            _ask_at_visits(placement, form, dropped=set((before or {}).get(PLACE, ())) - set(placement.visits), by=by)
        held.closed_at = at
        held.save(update_fields=["closed_at"])
    return form


def add_form(visit: "Visit", *, code: str, by: Person, at: datetime) -> Assessment:
    """Lets a visit ask for a form beside the protocol's file that is not placed there.

    Raises Refused for a form that was not published under the participant's version, and for a visit that is neither
    booked nor under way.
    """
    version = visit.participant.protocol_version
    form = latest_form(version, code) if version is not None and is_beside(version, code) else None
    if form is None:
        raise Refused("There is no such form under the participant's version of the protocol.")
    with contribution(by=by, reason=f"{code} added to {visit.code}"):
        patient_actions.add_procedure(visit, code=code, by=by)
        return _made_ready(visit, form, by=by)


def _publish(draft: FormDraft, *, number: int, reason: str, password: str, by: Person, at: datetime) -> FormVersion:
    form = FormVersion.objects.create(
        protocol_version=draft.protocol_version,
        code=draft.code,
        number=number,
        content=_asks(draft.content),
        reason=reason,
        published_at=at,
        recorded_by=by,
    )
    sign(form, by=by, password=password, meaning=SignatureMeaning.APPROVAL, at=at)
    _ask_from_now_on(form)
    return form


def _next_number(version: "ProtocolVersion", code: str, last: FormVersion | None) -> int:
    if last is not None:
        return last.number + 1
    return 1 if is_beside(version, code) else 2


def _placed(draft: FormDraft, *, reason: str, password: str, by: Person, at: datetime) -> "FormPlacement":
    content = draft.content
    return trial_actions.place_form(
        draft.protocol_version, code=draft.code, name=content["name"], role=content["role"], visits=content[PLACE],
        reason=reason, password=password, by=by, at=at,
    )  # fmt: skip


def _ask_at_visits(placement: "FormPlacement", form: FormVersion, *, dropped: set[str], by: Person) -> None:
    """Lets visits that are booked or under way ask for the form at once, and cancels what waits where it is dropped."""
    for visit in patient_actions.follow_placement(placement, dropped=dropped, by=by):
        _made_ready(visit, form, by=by)
    waiting = Assessment.objects.filter(
        instrument=form.code, protocol_version=form.protocol_version, state=AssessmentState.READY
    )
    for assessment in waiting.filter(visit__code__in=dropped):
        assessment.cancel()
        assessment.save(update_fields=["state"])


def _made_ready(visit: "Visit", form: FormVersion, *, by: Person) -> Assessment:
    respondent = PARTICIPANT if form.content["role"] == PARTICIPANT else SITE
    known = Assessment.objects.filter(visit=visit, instrument=form.code, respondent=respondent)
    return known.exclude(state=AssessmentState.CANCELLED).first() or Assessment.objects.create(
        site_id=visit.site_id,
        participant_id=visit.participant_id,
        visit=visit,
        instrument=form.code,
        respondent=respondent,
        protocol_version=form.protocol_version,
        form_version=form,
        recorded_by=by,
    )


def _ask_from_now_on(form: FormVersion) -> int:
    """Lets whatever nobody has begun to answer be asked by the new version, and returns how many there were."""
    waiting = Assessment.objects.filter(
        instrument=form.code, protocol_version=form.protocol_version, state=AssessmentState.READY
    )
    return waiting.update(form_version=form)


def _asks(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != PLACE}


def _place(content: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(content.get(name) for name in ("name", "role", PLACE))


def _sentences(faults: tuple[FormFault, ...]) -> tuple[str, ...]:
    return tuple(
        f"{fault.block.capitalize()}{f' {fault.row + 1}' if fault.row is not None else ''}: {fault.message}"
        for fault in faults
    )
