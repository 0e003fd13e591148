"""The editor of the trial's own forms: a draft with its faults and a live preview, and publishing it by signature."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from assessments import actions, form_versions
from assessments.form_editor import Editor, PublishForm, changed
from assessments.forms import AnswersForm
from assessments.instruments import is_own_form, items_of
from core.errors import Conflict, Refused, WrongPassword
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from protocol.definition import ProtocolDefinition
from protocol.document import ProtocolFaults
from protocol.own_forms import FormFault, faults_of, with_form
from trials.queries import current_version, definition_of

if TYPE_CHECKING:
    from trials.models import ProtocolVersion

PAGE, PREVIEW = "assessments/form_edit.html", "assessments/_form_preview.html"


@requires(Permission.FORM_EDIT)
@require_http_methods(["GET", "POST"])
def form_edit(request: PageRequest, code: str) -> HttpResponse:
    """Shows the draft of an own form with every fault at its place, and keeps what is typed."""
    version = _version(code)
    draft = form_versions.open_draft(version, code)
    if request.method != "POST":
        content = draft.content if draft else form_versions.present_content(version, code)
        return _page(request, version, code, Editor.of(content, seen_version=draft.version if draft else 0))
    editor, step = Editor(request.POST), request.POST.get("do", "keep")
    if step == "give-up":
        if draft is not None:
            actions.give_up_draft(draft, by=request.viewer.person, at=request.now)
        return redirect("assessments:instrument-detail", code)
    if not editor.fits:
        return _page(request, version, code, editor, status=422)
    content = changed(editor.content, step)
    try:
        actions.keep_draft(
            version, code=code, content=content, seen_version=editor.seen_version, by=request.viewer.person,
            at=request.now,
        )  # fmt: skip
    except Conflict as refusal:
        theirs = draft.version if draft else 0
        again = Editor.of(content, seen_version=theirs)
        again.head.is_valid()
        again.head.add_error(None, refusal.message)
        return _page(request, version, code, again, theirs=draft.content if draft else None, status=409)
    return redirect(f"{request.path}#{_place_of(step, content)}")


@requires(Permission.FORM_EDIT)
@require_POST
def form_preview(request: PageRequest, code: str) -> HttpResponse:
    """Shows what is typed as the data enterer would see it, or what is wrong with it; nothing is kept."""
    version, editor = _version(code), Editor(request.POST)
    content = editor.content if editor.fits else None
    return render(request, PREVIEW, _preview(version, code, content))


@requires(Permission.FORM_EDIT)
@require_http_methods(["GET", "POST"])
def form_publish(request: PageRequest, code: str) -> HttpResponse:
    """Publishes the draft as the next version of its form, under signature."""
    version = _version(code)
    draft = form_versions.open_draft(version, code)
    if draft is None:
        return redirect("assessments:form-edit", code)
    form = PublishForm(request.POST or None, initial={"seen_version": draft.version})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.publish_form(draft, **form.cleaned_data, by=request.viewer.person, at=request.now)
        except (Refused, WrongPassword) as refusal:
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
        else:
            messages.success(request, f"Version {made.number} of {code} is asked from now on.")
            return redirect("assessments:instrument-detail", code)
    before = form_versions.present_content(version, code)
    context = {
        "code": code,
        "draft": draft,
        "form": form,
        "changes": _changes(before, draft.content),
        "versions": form_versions.versions_of_form(version, code),
        "faults": faults_of(version.source, code, draft.content),
    }
    return render(request, "assessments/form_publish.html", context, status=422 if form.errors else status)


def _version(code: str) -> "ProtocolVersion":
    version = current_version()
    if version is None or not is_own_form(definition_of(version), code):
        raise Http404
    return version


def _page(
    request: PageRequest,
    version: "ProtocolVersion",
    code: str,
    editor: Editor,
    *,
    theirs: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    content = editor.content if editor.fits else None
    preview = _preview(version, code, content)
    editor.show_faults(preview["faults"])
    context = {
        "code": code,
        "editor": editor,
        "theirs": theirs,
        "form": editor.head,
        "has_draft": form_versions.open_draft(version, code) is not None,
        "answers": [
            ("What is wrong?", len(preview["faults"]) or "Nothing", "each stands at its place"),
            ("Items", len(editor.items), f"{len(editor.checks)} edit checks"),
            ("Who is asked by it?", "Nobody yet", "until it is published under your signature"),
        ],
        **preview,
    }
    return render(request, PAGE, context, status=status)


def _preview(version: "ProtocolVersion", code: str, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns the sheet as it would be entered, or the faults that keep it from being shown."""
    if content is None:
        return {"sheet": None, "faults": (FormFault("form", None, "", "Something cannot be read; see its box."),)}
    try:
        definition: ProtocolDefinition = with_form(version.source, code, content)
    except ProtocolFaults:
        return {"sheet": None, "faults": faults_of(version.source, code, content)}
    sheet = AnswersForm(items=items_of(definition, code), auto_id="preview_%s", prefix="preview")
    return {"sheet": sheet, "faults": (), "checks": definition.edit_checks.get(code, ())}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns in words what a draft adds, changes and drops, item by item and check by check."""
    found = []
    for block, words in (("items", "Item"), ("checks", "Check")):
        old, new = ({row["code"]: row for row in side[block]} for side in (before, after))
        found += [("added", f"{words} {code}") for code in new if code not in old]
        found += [("dropped", f"{words} {code}") for code in old if code not in new]
        found += [("changed", f"{words} {code}") for code in new if code in old and new[code] != old[code]]
    return found


def _place_of(step: str, content: Mapping[str, Any]) -> str:
    verb, _, rest = step.partition("-")
    block, _, place = rest.partition("-")
    if block not in ("items", "checks") or not content[block]:
        return "editor"
    moved = {"add": len(content[block]) - 1, "up": int(place or 0) - 1, "down": int(place or 0) + 1}
    row = moved.get(verb, int(place or 0)) if place.isdecimal() or verb == "add" else 0
    return f"{block}-{min(max(row, 0), len(content[block]) - 1)}"
