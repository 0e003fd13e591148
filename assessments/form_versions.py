"""Which version of an own form is asked, and which forms there are beside the protocol's file.

The file is never changed. A form of it is asked as it was published last, else as the file has it; a form beside it is
asked as it was published last, at the visits at which it was placed last.
"""

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery

from assessments.models import Assessment, FormDraft, FormVersion
from protocol.definition import ProtocolDefinition
from protocol.own_forms import FormFault, content_of, faults_of, with_forms
from trials.queries import definition_of, is_form_code_taken, latest_placement, protocol_versions

if TYPE_CHECKING:
    from trials.models import ProtocolVersion

Contents = dict[str, dict[str, Any]]
# A published version is immutable, so the document with it is read once in each process.
_definitions: dict[tuple[Any, ...], ProtocolDefinition] = {}


def definition_asked(assessment: Assessment) -> ProtocolDefinition:
    """Returns the definition by which an assessment is answered, with the form version that it belongs to.

    The other own forms stand in it as they stood when that version was published, so that it never changes.
    """
    form = assessment.form_version
    if form is None:
        return definition_of(assessment.protocol_version)
    key = ("until", assessment.protocol_version.digest, form.public_id)
    if key not in _definitions:
        contents = _contents(FormVersion.objects.filter(protocol_version=assessment.protocol_version, pk__lte=form.pk))
        _definitions[key] = with_forms(assessment.protocol_version.source, contents)
    return _definitions[key]


def definition_with_forms(version: "ProtocolVersion") -> ProtocolDefinition:
    """Returns a protocol version with every own form as it is asked now, new ones at their visits; one statement."""
    forms = _latest(FormVersion.objects.filter(protocol_version=version))
    if not forms:
        return definition_of(version)
    key = ("now", version.digest, *((form.public_id, _place_of(form)) for form in forms))
    if key not in _definitions:
        _definitions[key] = with_forms(version.source, {form.code: _content(form) for form in forms})
    return _definitions[key]


def forms_under(version: "ProtocolVersion") -> Contents:
    """Returns the contents of the own forms that were published under a protocol version, by code."""
    return _contents(FormVersion.objects.filter(protocol_version=version))


def faults_under(version: "ProtocolVersion", code: str, content: Any) -> tuple[FormFault, ...]:
    """Returns every fault of a form among all the others that are asked under a protocol version."""
    return faults_of(version.source, code, content, others=forms_under(version))


def is_beside(version: "ProtocolVersion", code: str) -> bool:
    """Returns whether a form is none of the protocol's file."""
    return code not in definition_of(version).instruments


def is_taken(code: str) -> bool:
    """Returns whether a code stands in any version of the protocol, or is that of another form or of a draft."""
    known = FormVersion.objects.filter(code__iexact=code).exists()
    drafted = FormDraft.objects.filter(code__iexact=code, closed_at__isnull=True).exists()
    return known or drafted or is_form_code_taken(code)


def latest_form(version: "ProtocolVersion", code: str) -> FormVersion | None:
    """Returns the version of an own form that was published last under a protocol version, if one was."""
    found = FormVersion.objects.filter(protocol_version=version, code=code)
    return found.select_related("recorded_by").order_by("-number").first()


def versions_of_form(version: "ProtocolVersion", code: str) -> list[FormVersion]:
    """Returns the published versions of an own form, the newest first."""
    found = FormVersion.objects.filter(protocol_version=version, code=code)
    return list(found.select_related("recorded_by").order_by("-number"))


def open_draft(version: "ProtocolVersion", code: str) -> FormDraft | None:
    """Returns the draft of an own form that is being written, if one is."""
    found = FormDraft.objects.filter(protocol_version=version, code=code, closed_at__isnull=True)
    return found.select_related("recorded_by", "protocol_version").first()


def drafts_of_new_forms(version: "ProtocolVersion") -> list[FormDraft]:
    """Returns the drafts of forms that nobody is asked yet, by code."""
    asked = FormVersion.objects.filter(protocol_version=version).values("code")
    found = FormDraft.objects.filter(protocol_version=version, closed_at__isnull=True).exclude(code__in=asked)
    return [draft for draft in found.order_by("code", "id") if is_beside(version, draft.code)]


def left_behind(version: "ProtocolVersion") -> Contents:
    """Returns the forms beside an earlier version of the protocol that this one does not ask, as they stood last."""
    drafts = FormDraft.objects.filter(protocol_version=version, closed_at__isnull=True).values_list("code", flat=True)
    known, found = {*forms_under(version), *drafts}, Contents()
    for earlier in protocol_versions().filter(pk__lt=version.pk).order_by("-id"):
        for code, content in forms_under(earlier).items():
            if "role" in content and code not in known and is_beside(version, code):
                found.setdefault(code, content)
    return found


def present_content(version: "ProtocolVersion", code: str) -> dict[str, Any] | None:
    """Returns an own form as it is asked now, or None for a form beside the file that was never published."""
    latest = _latest(FormVersion.objects.filter(protocol_version=version, code=code))
    if latest:
        return _content(latest[0])
    return None if is_beside(version, code) else content_of(version.source, code)


def _latest(forms: Any) -> list[FormVersion]:
    """Returns the latest version of each form, each with its latest place; one statement."""
    placed = latest_placement(OuterRef("protocol_version"), OuterRef("code"))
    found = forms.order_by("code", "-number").distinct("code")
    return list(
        found.annotate(
            placement=Subquery(placed.values("pk")[:1]),
            placed_at_visits=Subquery(placed.values("visits")[:1]),
        )
    )


def _place_of(form: FormVersion) -> int:
    return int(form.placement or 0)  # type: ignore[attr-defined]


def _contents(forms: Any) -> Contents:
    return {form.code: _content(form) for form in _latest(forms)}


def _content(form: FormVersion) -> dict[str, Any]:
    """Returns a published form with the visits of its latest place, where it has one."""
    content = dict(form.content)
    if "role" in content:
        content["visits"] = list(form.placed_at_visits or ())  # type: ignore[attr-defined]
    return content
