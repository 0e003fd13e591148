"""The editor of the trial's own forms: a draft with its faults and a live preview, and publishing it by signature."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from assessments import actions, form_versions
from assessments.form_editor import Choices, Editor, NewForm, PublishForm, changed, in_no_box
from assessments.forms import AnswersForm
from assessments.instruments import is_own_form, items_of
from core.errors import Conflict, Refused, WrongPassword
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients.access import visit_for
from protocol.definition import Visit
from protocol.own_forms import FormFault, faults_of, with_forms
from trials.queries import current_version, definition_of

if TYPE_CHECKING:
    from trials.models import ProtocolVersion

PAGE, PREVIEW = "assessments/form_edit.html", "assessments/_form_preview.html"


@requires(Permission.FORM_EDIT)
@require_http_methods(["GET", "POST"])
def form_edit(request: PageRequest, code: str) -> HttpResponse:
    """Shows the draft of an own form with every fault at its place, and keeps what is typed."""
    version = _version(code)
    draft, choices = form_versions.open_draft(version, code), _choices(version, code)
    present = form_versions.present_content(version, code)
    if request.method != "POST":
        content = draft.content if draft else present or {}
        seen = draft.version if draft else 0
        return _page(request, version, code, Editor.of(content, seen_version=seen, choices=choices))
    editor = Editor(request.POST, choices=choices, kept=in_no_box(present or {}))
    step = request.POST.get("do", "keep")
    if step == "give-up":
        if draft is not None:
            actions.give_up_draft(draft, by=request.viewer.person, at=request.now)
        return redirect("assessments:instrument-detail", code) if present else redirect("assessments:instrument-list")
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
        again = Editor.of(content, seen_version=theirs, choices=choices)
        there = draft.content if draft else None
        return _page(request, version, code, again, theirs=there, trouble=refusal.message, status=409)
    return redirect(f"{request.path}#{_place_of(step, content)}")


@requires(Permission.FORM_EDIT)
@require_POST
def form_preview(request: PageRequest, code: str) -> HttpResponse:
    """Shows what is typed as the data enterer would see it, or what is wrong with it; nothing is kept."""
    version = _version(code)
    kept = in_no_box(form_versions.present_content(version, code) or {})
    editor = Editor(request.POST, choices=_choices(version, code), kept=kept)
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
        "is_new": before is None,
        "changes": _changes(before, draft.content, visits=definition_of(version).visits_by_code),
        "versions": form_versions.versions_of_form(version, code),
        "faults": form_versions.faults_under(version, code, draft.content),
    }
    return render(request, "assessments/form_publish.html", context, status=422 if form.errors else status)


@requires(Permission.FORM_EDIT)
@require_http_methods(["GET", "POST"])
def form_new(request: PageRequest) -> HttpResponse:
    """Begins a form from nothing, or one that an earlier version of the protocol had beside it."""
    version = current_version()
    if version is None:
        raise Http404
    along, form = request.POST.get("along", ""), NewForm(request.POST or None)
    try:
        if along:
            actions.take_form_along(version, code=along, by=request.viewer.person, at=request.now)
            return redirect("assessments:form-edit", along)
        if request.method == "POST" and form.is_valid():
            code, name = form.cleaned_data["code"].strip(), form.cleaned_data["title"]
            actions.begin_form(version, code=code, name=name, by=request.viewer.person, at=request.now)
            return redirect("assessments:form-edit", code)
    except (Refused, Conflict) as refusal:
        show_refusal(form, refusal)
    context = {"form": form, "version": version, "left_behind": form_versions.left_behind(version)}
    return render(request, "assessments/form_new.html", context, status=422 if form.errors else 200)


@requires(Permission.VISIT_RECORD)
@require_http_methods(["GET", "POST"])
def form_add(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the forms that may be added to a visit, and lets the visit ask for the one that is chosen."""
    visit = visit_for(request.viewer, public_id, Permission.VISIT_RECORD)
    version = visit.participant.protocol_version
    if version is None:
        raise Http404
    if request.method == "POST":
        try:
            code = request.POST.get("code", "")
            form = actions.add_form(visit, code=code, by=request.viewer.person, at=request.now)
            return redirect("assessments:form-detail", form.public_id)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("assessments:form-add", public_id)
    asked = set(visit.procedures.exclude(state="not_done").values_list("code", flat=True))
    offered = [(c, form) for c, form in form_versions.forms_under(version).items() if "role" in form and c not in asked]
    context = {"visit": visit, "participant": visit.participant, "offered": offered}
    return render(request, "assessments/form_add.html", context)


def _version(code: str) -> "ProtocolVersion":
    version = current_version()
    if version is None:
        raise Http404
    beside = form_versions.is_beside(version, code)
    known = (
        form_versions.open_draft(version, code) or form_versions.latest_form(version, code)
        if beside
        else is_own_form(definition_of(version), code)
    )
    if not known:
        raise Http404
    return version


def _choices(version: "ProtocolVersion", code: str) -> Choices | None:
    return Choices.of(definition_of(version)) if form_versions.is_beside(version, code) else None


def _page(
    request: PageRequest,
    version: "ProtocolVersion",
    code: str,
    editor: Editor,
    *,
    theirs: Mapping[str, Any] | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    content = editor.content if editor.fits else None
    preview = _preview(version, code, content)
    editor.show_faults(preview["faults"])
    if trouble:
        editor.head.add_error(None, trouble)
    context = {
        "code": code,
        "editor": editor,
        "theirs": theirs,
        "form": editor.head,
        "has_draft": form_versions.open_draft(version, code) is not None,
        "is_beside": form_versions.is_beside(version, code),
        "answers": [
            ("What is wrong?", len(preview["faults"]) or "Nothing", "each stands at its place"),
            ("Items", len(editor.items), f"edit checks: {len(editor.checks)}"),
            ("Who is asked by it?", "Nobody yet", "until it is published under your signature"),
        ],
        **preview,
    }
    return render(request, PAGE, context, status=status)


def _preview(version: "ProtocolVersion", code: str, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns the sheet as it would be entered, or the faults that keep it from being shown."""
    if content is None:
        return {"sheet": None, "faults": (FormFault("form", None, "", "Something cannot be read; see its box."),)}
    others = form_versions.forms_under(version)
    if faults := faults_of(version.source, code, content, others=others):
        return {"sheet": None, "faults": faults}
    definition = with_forms(version.source, {**others, code: content})
    sheet = AnswersForm(items=items_of(definition, code), auto_id="preview_%s", prefix="preview")
    return {"sheet": sheet, "faults": (), "checks": definition.edit_checks.get(code, ())}


HEAD = {
    "name": "Name", "edition": "Edition", "role": "Answered or entered by", "recall": "Time asked about",
    "languages": "Language", "scoring": "Score",
}  # fmt: skip
WITHOUT_CODE = "without a code"


def _changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], *, visits: Mapping[str, Visit]
) -> list[tuple[str, str]]:
    """Returns in words what a draft adds, changes and drops: its head, its visits, item by item, check by check."""
    found = []
    if before is not None:
        found += [("changed", words) for name, words in HEAD.items() if before.get(name) != after.get(name)]
    for code, visit in visits.items():
        was, is_now = (code in (side or {}).get("visits", ()) for side in (before, after))
        if was != is_now:
            found.append(("asked" if is_now else "no longer asked", f"{code} {visit.name}"))
    for block, words in (("items", "Item"), ("checks", "Check")):
        old, new = ({row["code"]: row for row in (side or {}).get(block, ())} for side in (before, after))
        found += [("added", f"{words} {code or WITHOUT_CODE}") for code in new if code not in old]
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
