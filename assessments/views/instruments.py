"""Instruments and forms of the protocol in force: what they ask, under which licence, and their wording."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from assessments import actions, queries
from assessments.form_versions import definition_with_forms, drafts_of_new_forms, is_beside
from assessments.forms import ItemTextsForm
from assessments.instruments import Item, Sheet, items_of, sheet_of, sheets
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from protocol.definition import ProtocolDefinition
from trials.queries import current_version

if TYPE_CHECKING:
    from trials.models import ProtocolVersion


@requires(Permission.PROTOCOL_VIEW)
@require_GET
def instrument_list(request: PageRequest) -> HttpResponse:
    """Shows every instrument and own form of the protocol, with licence, codes and how much of it is worded."""
    version = _version()
    definition = definition_with_forms(version)
    worded = queries.worded_instruments()
    rows: list[dict[str, Any]] = [
        {
            "sheet": sheet,
            "worded": max(sheet.shipped, worded.get(sheet.code, 0)),
            "beside": is_beside(version, sheet.code),
            "visits": _asked_at(definition, sheet.code),
        }
        for sheet in sheets(definition)
    ]
    waiting = sum(row["sheet"].asks_licensee and not row["worded"] for row in rows)
    may_edit = request.viewer.may(Permission.FORM_EDIT)
    context = {
        "rows": rows,
        "may_edit": may_edit,
        "drafts": drafts_of_new_forms(version) if may_edit else [],
        "answers": [
            ("Instruments", len(rows), f"of protocol {definition.version}"),
            ("Without wording", waiting, "answered by item code until the licensee enters it"),
            ("Own forms", sum(row["sheet"].is_own_form for row in rows), "of this trial"),
        ],
    }
    return render(request, "assessments/instrument_list.html", context)


@requires(Permission.PROTOCOL_VIEW)
@require_http_methods(["GET", "POST"])
def instrument_detail(request: PageRequest, code: str) -> HttpResponse:
    """Shows one instrument as data; whoever may, enters the wording that the sponsor holds a licence for."""
    version = _version()
    definition = definition_with_forms(version)
    if code not in definition.instruments:
        raise Http404
    sheet, items = sheet_of(definition, code), items_of(definition, code)
    may_word = sheet.asks_licensee and request.viewer.may(Permission.INSTRUMENT_WORD)
    if request.method == "POST" and not may_word:
        raise Http404
    language = request.POST.get("language") or request.GET.get("language") or sheet.languages[0]
    known = queries.texts_of(code, language=language)
    form = _form(request, sheet, items, known, language) if may_word else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _keep(request, sheet, form)
            return redirect("assessments:instrument-detail", code)
        except Refused as refusal:
            show_refusal(form, refusal)
    latest = max(known.values(), key=lambda row: row.recorded_at, default=None)
    context: dict[str, Any] = {
        "sheet": sheet,
        "rows": [
            (item, sheet.test_code(item), known[item.number].text if item.number in known else item.text)
            for item in items
        ],
        "checks": definition.edit_checks.get(code, ()),
        "beside": is_beside(version, code),
        "visits": _asked_at(definition, code),
        "score_words": _score_words(definition, code),
        "form": form,
        "latest": latest,
        "answers": [
            ("Items", len(items), sheet.recall and f"about: {sheet.recall}"),
            ("Answered by", sheet.respondent.capitalize(), sheet.edition),
            ("Licence", sheet.licence_words, sheet.licence),
        ],
    }
    return render(request, "assessments/instrument_detail.html", context, status=422 if form and form.errors else 200)


def _version() -> "ProtocolVersion":
    version = current_version()
    if version is None:
        raise Http404
    return version


def _asked_at(definition: ProtocolDefinition, code: str) -> list[str]:
    asked = definition.schedule_of_assessments
    return [visit.code for visit in definition.visits if code in asked.get(visit.code, ())]


def _score_words(definition: ProtocolDefinition, code: str) -> str:
    score = definition.instruments[code].get("form_score")
    if score is None:
        return ""
    turned = f", turned round: {', '.join(map(str, score['reverse']))}" if score.get("reverse") else ""
    lacking = f", {score['may_miss']} may be missing" if score.get("may_miss") else ""
    return f"{score['method']} of items {', '.join(map(str, score['items']))}{turned}{lacking}"


def _form(
    request: PageRequest, sheet: Sheet, items: tuple[Item, ...], known: dict[int, Any], language: str
) -> ItemTextsForm:
    initial = {f"text_{item}": row.text for item, row in known.items()} | {"language": language}
    if known:
        initial["licence"] = next(iter(known.values())).licence
    languages = [(each, each) for each in sheet.languages]
    return ItemTextsForm(
        request.POST if request.method == "POST" else None, items=items, languages=languages, initial=initial
    )


def _keep(request: PageRequest, sheet: Sheet, form: ItemTextsForm) -> None:
    kept = actions.keep_texts(
        sheet.code,
        language=form.cleaned_data["language"],
        texts=form.texts,
        licence=form.cleaned_data["licence"],
        by=request.viewer.person,
    )
    messages.success(
        request, f"{len(kept)} item{'' if len(kept) == 1 else 's'} worded." if kept else "Nothing changed."
    )
