"""Which version of an own form is asked: the protocol's, or the one that was published last under that protocol."""

from typing import TYPE_CHECKING, Any

from assessments.models import Assessment, FormDraft, FormVersion
from protocol.definition import ProtocolDefinition
from protocol.own_forms import content_of, with_form
from trials.queries import definition_of

if TYPE_CHECKING:
    from trials.models import ProtocolVersion

# A version is immutable, so its document is read once in each process.
_definitions: dict[tuple[str, str], ProtocolDefinition] = {}


def definition_asked(assessment: Assessment) -> ProtocolDefinition:
    """Returns the definition by which an assessment is answered, with the form version that it belongs to."""
    if assessment.form_version_id is None:
        return definition_of(assessment.protocol_version)
    form = assessment.form_version
    assert form is not None
    key = (assessment.protocol_version.digest, form.public_id)
    if key not in _definitions:
        _definitions[key] = with_form(assessment.protocol_version.source, form.code, form.content)
    return _definitions[key]


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


def present_content(version: "ProtocolVersion", code: str) -> dict[str, Any]:
    """Returns an own form as it is asked now."""
    latest = latest_form(version, code)
    return dict(latest.content) if latest else content_of(version.source, code)
