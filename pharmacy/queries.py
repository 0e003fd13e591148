"""Reads on kits and randomisation that a blinded person may make; nothing here can tell an arm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.urls import reverse

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, Viewer
from core.signatures import standing_signatures
from core.worklist import NOW, WEEK, WorklistItem
from patients import queries as patient_queries
from pharmacy.models import AllocationList, Kit, KitMovement, Unblinding
from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value
from trials import queries as trial_queries

if TYPE_CHECKING:
    from patients.models import EligibilityAssessment, Participant, Visit
    from trials.models import Site

SITE = "site"
ALL_SUBJECTS = "all participants"
EXPIRY_NOTICE = timedelta(days=30)
DISPENSE_NOTICE = timedelta(days=7)


@dataclass(frozen=True)
class ReadinessLine:
    """One thing that must be true before the allocation can be asked for, in three values."""

    code: str
    text: str
    truth: Truth
    evidence: str


@dataclass(frozen=True)
class Stratum:
    """The stratum of a participant, and the (factor, value, source) that make it; None where a value is missing."""

    code: str | None
    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Readiness:
    """Whether a participant can be randomised now, line by line."""

    lines: tuple[ReadinessLine, ...]
    stratum: Stratum

    @property
    def ready(self) -> bool:
        """Returns whether every line is true; unknown is not true."""
        return all(line.truth is Truth.TRUE for line in self.lines)

    @property
    def open_lines(self) -> tuple[ReadinessLine, ...]:
        """Returns what is still missing or false."""
        return tuple(line for line in self.lines if line.truth is not Truth.TRUE)


@dataclass(frozen=True)
class BottleRow:
    """The bottles of one dosing visit, as blinded people name them, and where they are."""

    visit_code: str
    visit_name: str
    bottles: tuple[str, ...]
    state: str
    state_label: str


@dataclass(frozen=True)
class DoseLine:
    """What a kit of the experimental arm holds for one dosing visit; for the unblinded page only."""

    visit_code: str
    visit_name: str
    initial: str
    supplemental: str


def readiness(participant: "Participant", *, at: datetime) -> Readiness:
    """Returns what the protocol asks for before randomisation, and the stratum that would be used."""
    if participant.protocol_version is None:
        never = ReadinessLine("consent", "Consent is recorded", Truth.FALSE, "no consent yet")
        return Readiness((never,), Stratum(None, ()))
    definition = patient_queries.definition_for(participant)
    latest = participant.eligibility_assessments.order_by("-judged_at", "-id").first()
    values = _values(participant, latest, definition=definition, at=at)
    stratum = stratum_of(participant, definition=definition, values=values)
    lines = [
        _status_line(participant),
        *_gate_lines(definition, values),
        _signature_line(latest),
        _list_line(participant, stratum),
        _stock_line(participant, at=at),
    ]
    return Readiness(tuple(lines), stratum)


def stratum_of(participant: "Participant", *, definition: ProtocolDefinition, values: Mapping[str, Value]) -> Stratum:
    """Returns the participant's stratum; its code is None while a factor's value is missing."""
    parts = []
    for factor in definition.randomisation.stratify_by:
        if factor == SITE:
            parts.append((factor, participant.site.code, "the participant's site"))
            continue
        value = values.get(factor)
        source = definition.variables[factor].source
        parts.append((factor, "" if value is None else _as_text(value), source))
    known = all(value for _, value, _ in parts)
    return Stratum(_joined([value for _, value, _ in parts]) if known else None, tuple(parts))


def strata_of(definition: ProtocolDefinition, *, sites: "list[Site]") -> list[str]:
    """Returns every stratum that the protocol's factors make with these sites.

    Raises Refused when a factor has no list of values to stratify by.
    """
    choices = []
    for factor in definition.randomisation.stratify_by:
        variable = definition.variables.get(factor)
        if factor == SITE:
            choices.append([site.code for site in sites])
        elif variable is not None and variable.type == "bool":
            choices.append(["false", "true"])
        elif variable is not None and variable.values:
            choices.append(list(variable.values))
        else:
            raise Refused(f"The protocol stratifies by “{factor}”, which has no list of values.")
    return [_joined(list(values)) for values in product(*choices)]


def sealed_list(trial_id: int) -> AllocationList | None:
    """Returns the blinded fact that the trial's list is sealed, if it is."""
    return AllocationList.objects.filter(trial_id=trial_id).select_related("protocol_version", "recorded_by").first()


def kit_for_visit(visit: "Visit") -> Kit | None:
    """Returns the kit that was dispensed to a dosing visit, if it was."""
    movement = KitMovement.objects.filter(visit=visit, kind="dispense").select_related("kit").first()
    return movement.kit if movement else None


def bottle_table(
    kit: Kit, *, visits: "list[Visit]", served: set[int | None], back: set[int | None]
) -> tuple[BottleRow, ...]:
    """Returns the bottles of a kit by dosing visit; a kit that is nobody's yet has none to show."""
    if kit.participant is None:
        return ()
    doses = patient_queries.definition_for(kit.participant).dose_labels.values()
    bottles = tuple(f"{dose.bottle} · {dose.label}" for dose in doses)
    return tuple(
        BottleRow(visit.code, visit.name, bottles, *_bottle_state(visit.pk, served=served, back=back))
        for visit in visits
    )


def doses_of(definition: ProtocolDefinition) -> tuple[DoseLine, ...]:
    """Returns the amounts by dosing visit; only the unblinded page asks for them."""
    dosing, visits = definition.unblinded_dosing, definition.visits_by_code
    return tuple(
        DoseLine(
            session.visit,
            visits[session.visit].name,
            " or ".join(f"{amount} {dosing.unit}" for amount in session.initial_allowed),
            " or ".join(f"{amount} {dosing.unit}" for amount in session.supplemental.values()),
        )
        for session in dosing.sessions
    )


def ledger_of(kit: Kit) -> QuerySet[KitMovement]:
    """Returns what happened to a kit, oldest first."""
    return kit.movements.select_related("visit", "recorded_by", "witness").order_by("observed_at", "id")


def dispensable_visits(site_ids: "set[int] | None") -> list["Visit"]:
    """Returns the open dosing visits of participants with a kit, to which nothing was dispensed yet, soonest first."""
    kits = Kit.objects.filter(state="assigned").select_related("participant")
    if site_ids is not None:
        kits = kits.filter(site_id__in=site_ids)
    visits = []
    for kit in kits.prefetch_related("participant__visits", "movements"):
        assert kit.participant is not None
        served = {movement.visit_id for movement in kit.movements.all() if movement.kind == "dispense"}
        visits += [
            visit
            for visit in kit.participant.visits.all()
            if visit.kind == "dosing" and visit.state in ("planned", "booked", "started") and visit.pk not in served
        ]
    return sorted(visits, key=_soonest_first)


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns what this room asks of the viewer."""
    items: list[WorklistItem] = []
    if viewer.may(Permission.KIT_HANDLE):
        items += _dispense_items(viewer, at) + _expiry_items(viewer, at)
    if viewer.may(Permission.ALLOCATION_LIST_MAKE):
        items += _list_items()
    if viewer.may(Permission.UNBLIND_EMERGENCY) or viewer.may(Permission.SAFETY_OFFICE):
        items += _unblinding_items(at)
    return items


def _values(
    participant: "Participant",
    latest: "EligibilityAssessment | None",
    *,
    definition: ProtocolDefinition,
    at: datetime,
) -> dict[str, Value]:
    values = dict(patient_queries.values_for(participant, visit_code=definition.randomisation.trigger_visit, at=at))
    if latest is not None:
        values["eligibility_result"] = latest.result
    return values


def _gate_lines(definition: ProtocolDefinition, values: Mapping[str, Value]) -> list[ReadinessLine]:
    lines = []
    for token in definition.randomisation.trigger_requires:
        gate = definition.gates[token]
        outcome = gate.expression.evaluate(values)
        known = [f"{_words(name)} {_as_text(values[name])}" for name in gate.expression.names if name in values]
        missing = [f"{_words(name)} missing" for name in outcome.missing]
        lines.append(ReadinessLine(token, _words(token).capitalize(), outcome.truth, ", ".join(known + missing)))
    return lines


def _status_line(participant: "Participant") -> ReadinessLine:
    fits = participant.status == "enrolled"
    return ReadinessLine("enrolled", "Enrolled", _truth(fits), participant.get_status_display())


def _signature_line(latest: "EligibilityAssessment | None") -> ReadinessLine:
    signed = standing_signatures(latest) if latest is not None else []
    evidence = f"{signed[-1].printed_name}" if signed else "no signature stands on the latest verdict"
    return ReadinessLine("signed", "Eligibility signed by the investigator", _truth(bool(signed)), evidence)


def _list_line(participant: "Participant", stratum: Stratum) -> ReadinessLine:
    sealed = sealed_list(participant.site.trial_id)
    fits = sealed is not None and stratum.code in sealed.strata
    evidence = f"sealed {sealed.sealed_at:%-d %b %Y}" if sealed else "no sealed list"
    return ReadinessLine("list", "Sealed allocation list for the stratum", _truth(fits), evidence)


def _stock_line(participant: "Participant", *, at: datetime) -> ReadinessLine:
    today = local_date(at, zone=participant.site.zone)
    stock = Kit.objects.filter(site_id=participant.site_id, state="in_stock", expires_on__gt=today).count()
    return ReadinessLine("stock", "Kits in stock at the site", _truth(stock > 0), f"{stock} in stock")


def _soonest_first(visit: "Visit") -> tuple[bool, float, int]:
    return visit.booked_at is None, visit.booked_at.timestamp() if visit.booked_at else 0, visit.order


def _bottle_state(visit_id: int, *, served: set[int | None], back: set[int | None]) -> tuple[str, str]:
    if visit_id in back:
        return "complete", "Returned"
    return ("started", "Dispensed") if visit_id in served else ("notdue", "In the pharmacy")


def _truth(fits: bool) -> Truth:
    return Truth.TRUE if fits else Truth.FALSE


def _joined(values: list[str]) -> str:
    return " · ".join(values) or ALL_SUBJECTS


def _words(name: str) -> str:
    return name.replace("_", " ")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _dispense_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    items = []
    for visit in dispensable_visits(viewer.site_ids(Permission.KIT_HANDLE)):
        if visit.booked_at is None or visit.booked_at > at + DISPENSE_NOTICE:
            continue
        today = local_date(visit.booked_at, zone=visit.site.zone) <= local_date(at, zone=visit.site.zone)
        items.append(
            WorklistItem(
                band=NOW if today else WEEK,
                state="due",
                state_label="Due today" if today else "Due this week",
                subject=visit.participant.screening_number,
                task=f"Dispense the kit for {visit.name.lower()}",
                detail="with a witness",
                url=reverse("pharmacy:kit-detail", args=[visit.participant.kit.public_id]),
                action_label="Dispense",
                due_at=visit.booked_at,
                owner=viewer.person.display_name,
                weight=60,
            )
        )
    return items


def _expiry_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    limit: date = (at + EXPIRY_NOTICE).date()
    kits = Kit.objects.filter(state="in_stock", expires_on__lte=limit).order_by("expires_on", "number")
    ids = viewer.site_ids(Permission.KIT_HANDLE)
    kits = kits if ids is None else kits.filter(site_id__in=ids)
    return [
        WorklistItem(
            band=WEEK,
            state="closing",
            state_label=f"Expires {kit.expires_on:%-d %b}",
            subject=f"Kit {kit.number}",
            task="Order a replacement",
            url=reverse("pharmacy:kit-detail", args=[kit.public_id]),
            action_label="Open",
            owner=viewer.person.display_name,
            weight=20,
        )
        for kit in kits
    ]


def _list_items() -> list[WorklistItem]:
    trial = trial_queries.current_trial()
    if sealed_list(trial.pk) is not None:
        return []
    return [
        WorklistItem(
            band=NOW,
            state="due",
            state_label="Due",
            subject=trial.code,
            task="Make and seal the allocation list",
            detail="nobody can be randomised before it",
            url=reverse("pharmacy:allocation-list"),
            action_label="Make",
            weight=80,
        )
    ]


def _unblinding_items(at: datetime) -> list[WorklistItem]:
    recent = Unblinding.objects.filter(unblinded_at__gt=at - DISPENSE_NOTICE).select_related(
        "participant", "recorded_by"
    )
    return [
        WorklistItem(
            band=WEEK,
            state="query",
            state_label="Unblinded",
            subject=row.participant.screening_number,
            task="Emergency unblinding took place",
            detail="who, when and why; not the arm",
            url=reverse("pharmacy:unblinding-list"),
            action_label="Read",
            due_at=row.unblinded_at,
            owner=row.recorded_by.display_name,
            weight=70,
        )
        for row in recent.order_by("-unblinded_at")
    ]
