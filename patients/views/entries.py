"""History, earlier treatments, earlier use and medicines: shown as they stand, added, changed and withdrawn."""

from dataclasses import fields
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from patients import actions, queries, screening
from patients.access import entry_for, participant_for
from patients.forms import FORMS, EntryForm, MedicineForm, WithdrawEntryForm, form_for
from patients.models import Medicine, Participant, PriorTreatment, ScreeningEntry
from patients.views.parts import part_links
from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth
from protocol.screening.treatments import judge_resistance

TITLES = {
    "medical": "Medical history",
    "psychiatric": "Psychiatric history",
    "treatment": "Earlier treatment",
    "use": "Earlier use of the study drug",
    "medicine": "Medicine",
}
TRUTHS = {Truth.TRUE: ("met", "Yes"), Truth.FALSE: ("notdone", "No"), Truth.UNKNOWN: ("unknown", "Not known")}
RESISTANCE = {Truth.TRUE: "Yes", Truth.FALSE: "No", Truth.UNKNOWN: "Not yet known"}


@requires(Permission.SCREENING_VIEW)
@require_GET
def history(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the history, what was tried before and what it did, and earlier use of the study drug."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    if participant.protocol_version is None:
        return render(request, "patients/history.html", {"participant": participant})
    definition = queries.definition_for(participant)
    entries = screening.history_of(participant)
    treatments, uses = screening.treatments_of(participant), screening.uses_of(participant)
    told = _treatment_lines(definition, treatments)
    facts = {fact.variable: fact for fact in queries.facts_of(participant)}
    counted = [(facts[name].name, facts[name]) for name in sorted(definition.screening.counted_uses) if name in facts]
    context = {
        "participant": participant,
        "parts": part_links(participant, here="history"),
        "groups": [
            (kind, TITLES[kind], [entry for entry in entries if entry.kind == kind])
            for kind in ("medical", "psychiatric")
        ],
        "treatments": told["lines"],
        "uses": [(use, _context_name(definition, use.context)) for use in uses],
        "counted": counted,
        "answers": [
            (
                "Is there treatment resistance?",
                RESISTANCE[told["truth"]],
                "one is still open" if told["failed"] is None else f"adequate and failed: {told['failed']}",
            ),
            ("Was the study drug used before?", _used(uses), "before the trial"),
            ("How many conditions?", len(entries), f"{sum(entry.ongoing for entry in entries)} ongoing"),
        ],
    }
    return render(request, "patients/history.html", context)


@requires(Permission.SCREENING_VIEW)
@require_GET
def medicines(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows the medicines with their classes, and when baseline and the first dose are possible, and why."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_VIEW)
    if participant.protocol_version is None:
        return render(request, "patients/medicines.html", {"participant": participant})
    found = screening.medicines_of(participant)
    plan = screening.washout_plan(participant, found)
    assert plan is not None
    names = queries.definition_for(participant).screening.class_names
    lines = {row.pk: line for row, line in zip((r for r in found if r.medicine_class), plan.lines, strict=True)}
    context = {
        "participant": participant,
        "parts": part_links(participant, here="medicines"),
        "rows": [(row, names.get(row.medicine_class, row.medicine_class), lines.get(row.pk)) for row in found],
        "plan": plan,
        "answers": [
            ("When is the first dose possible?", plan.first_dose_from or "Not known yet", "at the earliest"),
            ("When is baseline possible?", plan.baseline_from or "Not known yet", "at the earliest"),
            ("How many are prohibited?", len(plan.lines), f"of {len(found)} medicines"),
        ],
    }
    return render(request, "patients/medicines.html", context)


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def entry_add(request: PageRequest, public_id: str, kind: str) -> HttpResponse:
    """Adds an entry of one kind."""
    participant = participant_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    if participant.protocol_version is None or kind not in FORMS:
        raise Http404
    initial = {"observed_at": request.now, "source": "Participant", "kind": kind}
    form = _form(request, FORMS[kind], participant, initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.record_entry(
                participant,
                form.entered,
                actions.Asked(said["source"], said["observed_at"]),
                submission_id=said["submission_id"],
                by=request.viewer.person,
                at=request.now,
            )
            return redirect(_page_of(kind == "medicine"), public_id)
        except Refused as refusal:
            _show(form, refusal)
    context = {"participant": participant, "form": form, "title": TITLES[kind], "back": _page_of(kind == "medicine")}
    return render(request, "patients/entry_form.html", context, status=422 if form.errors else 200)


@requires(Permission.SCREENING_RECORD)
@require_http_methods(["GET", "POST"])
def entry_change(request: PageRequest, public_id: str) -> HttpResponse:
    """Changes an entry, or withdraws one that was a mistake; the old one stays in the record."""
    entry = entry_for(request.viewer, public_id, Permission.SCREENING_RECORD)
    participant, back = entry.participant, _page_of(isinstance(entry, Medicine))
    withdrawing = request.POST.get("step") == "withdraw"
    form = _change_form(request, entry, bound=not withdrawing)
    withdrawal = WithdrawEntryForm(request.POST if withdrawing else None, prefix="withdraw")
    sent = withdrawal if withdrawing else form
    if request.method == "POST" and sent.is_valid():
        said = sent.cleaned_data
        stamp: dict[str, Any] = {"reason": said["reason"], "submission_id": said["submission_id"]}
        stamp |= {"by": request.viewer.person, "at": request.now}
        try:
            if withdrawing:
                actions.withdraw_entry(entry, **stamp)
            else:
                actions.correct_entry(entry, form.entered, **stamp)
            return redirect(back, participant.public_id)
        except Refused as refusal:
            _show(sent, refusal)
    context = {
        "participant": participant,
        "entry": entry,
        "form": form,
        "withdrawal": withdrawal,
        "title": str(entry),
        "back": back,
    }
    status = 422 if form.errors or withdrawal.errors else 200
    return render(request, "patients/entry_form.html", context, status=status)


def _form(
    request: PageRequest,
    form: type[EntryForm],
    participant: Participant,
    initial: dict[str, Any],
    *,
    bound: bool = True,
) -> EntryForm:
    return form(
        (request.POST or None) if bound else None,
        definition=queries.definition_for(participant),
        zone=participant.site.zone,
        now=request.now,
        initial=initial,
    )


def _change_form(request: PageRequest, entry: ScreeningEntry, *, bound: bool) -> EntryForm:
    kind = form_for(entry)
    initial = {field.name: getattr(entry, field.name) for field in fields(kind.details)}
    if kind is MedicineForm:
        initial = MedicineForm.initial_of(initial, queries.definition_for(entry.participant))
    form = _form(request, kind, entry.participant, initial, bound=bound)
    form.ask_reason("Why it is changed")
    return form


def _show(form: Any, refusal: Refused) -> None:
    """Puts a refusal beside its field; the name of a medicine stands in another one."""
    field = {"name": "other_name"}.get(refusal.field, refusal.field)
    named = refusal.field if refusal.field in form.fields else field
    show_refusal(form, Refused(refusal.message, field=named))


def _page_of(is_medicine: bool) -> str:
    return "patients:medicines" if is_medicine else "patients:history"


def _treatment_lines(definition: ProtocolDefinition, treatments: list[PriorTreatment]) -> dict[str, Any]:
    rules = definition.screening.treatments
    if rules is None:
        return {"lines": [], "truth": Truth.UNKNOWN, "failed": None}
    verdict = judge_resistance(definition, [screening.as_treatment(row) for row in treatments])
    lines = [
        {
            "row": row,
            "kind": rules.kinds.get(row.kind, row.kind),
            "response": rules.responses.get(row.response, row.response),
            "adequate": TRUTHS[adequate],
            "counted": TRUTHS[counted],
        }
        for row, adequate, counted in zip(treatments, verdict.adequate, verdict.counted, strict=True)
    ]
    return {"lines": lines, "truth": verdict.truth, "failed": verdict.failed}


def _context_name(definition: ProtocolDefinition, context: str) -> str:
    rule = definition.screening.prior_use
    return rule.contexts.get(context, context) if rule else context


def _used(uses: list[Any]) -> str:
    if not uses:
        return "Not asked yet"
    times = sum(use.occasions for use in uses)
    return f"{times} times" if times != 1 else "Once"
