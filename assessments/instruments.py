"""What an instrument asks, read from the protocol: items by number and code, their ranges, never their wording."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from protocol.definition import Procedure, ProtocolDefinition
from protocol.partial_dates import first_day
from protocol.scoring import NOT_APPLICABLE, Answer, NotDone, form_item_range, item_numbers, item_range, opener_of

INDEPENDENT, PARTICIPANT = "independent_assessor", "participant"
# Who rates an interview again from its recording; to the rater it is an assessment like any other.
SECOND = "second_assessor"
RATED = (INDEPENDENT, SECOND)
NO_YES = ("No", "Yes")
# Items beyond the scored ones that are answered with no or yes, whatever the range of the others.
YES_NO_ITEMS = ("onset", "duration")
MOST_CHOICES = 11
CHOSEN, WHOLE = ("choice", "yes_no"), ("choice", "yes_no", "whole")
LICENCE_WORDS = {
    "public_domain": "Public domain",
    "own": "Own wording",
    "free": "Free of charge",
    "permission": "With permission",
    "purchase": "Bought",
}
PARTIAL_DATE, FULL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?"), re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Item:
    """One item: its number, the code printed on the licensed form, and what may be answered.

    Items of scales are choices between whole numbers. Items of the trial's own forms have a kind (see protocol.schema),
    a unit, and words of their own.
    """

    number: int
    code: str
    group: str
    low: int = 0
    high: int = 0
    step: int = 1
    labels: tuple[str, ...] = ()
    may_not_apply: bool = False
    kind: str = "choice"
    unit: str = ""
    text: str = ""
    may_be_not_done: bool = False
    asked_after: int | None = None

    @property
    def values(self) -> range:
        """Returns the answers that are allowed, where they are whole numbers."""
        return range(self.low, self.high + 1, self.step)

    @property
    def choices(self) -> list[tuple[int, str]]:
        """Returns the answers with their labels; empty when they are not to be offered one by one."""
        if self.kind not in CHOSEN or len(self.values) > MOST_CHOICES:
            return []
        return [(value, self.labels[index] if self.labels else str(value)) for index, value in enumerate(self.values)]

    @property
    def hint(self) -> str:
        """Returns what may be answered, as a sentence."""
        if self.kind in ("date", "partial_date"):
            return "give a day; the day, or day and month, may be unknown." if self.kind != "date" else "give a day."
        return "write it in words." if self.kind == "text" else f"answer with {self.low} to {self.high}."

    def allows(self, value: Answer) -> bool:
        """Returns whether the item may be answered so."""
        if value is None:
            return True
        if isinstance(value, NotDone):
            return self.may_be_not_done and bool(value.reason.strip())
        if value == NOT_APPLICABLE:
            return self.may_not_apply
        if isinstance(value, bool):
            return False
        if self.kind in WHOLE:
            return isinstance(value, int) and value in self.values
        return isinstance(value, str) and _is_written(self, value)

    def label_of(self, value: int) -> str:
        """Returns an answer in words."""
        return dict(self.choices).get(value, str(value))


def _is_written(item: Item, value: str) -> bool:
    if item.kind == "number":
        try:
            return item.low <= Decimal(value) <= item.high
        except InvalidOperation:
            return False
    if item.kind in ("date", "partial_date"):
        return bool((FULL_DATE if item.kind == "date" else PARTIAL_DATE).fullmatch(value)) and _is_day(value)
    return bool(value.strip())


def _is_day(value: str) -> bool:
    try:
        first_day(value)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Sheet:
    """What the protocol says of an instrument beside its items: name, respondent, recall, licence and codes."""

    code: str
    name: str
    edition: str
    respondent: str
    recall: str
    languages: tuple[str, ...]
    licence_status: str
    licence: str
    cdisc_category: str
    cdisc_prefix: str
    loinc: str
    missing_rule: str
    is_own_form: bool
    items: int
    shipped: int

    @property
    def licence_words(self) -> str:
        """Returns the licence in a few words."""
        return LICENCE_WORDS[self.licence_status]

    @property
    def asks_licensee(self) -> bool:
        """Returns whether the wording is the licensee's to enter."""
        return self.licence_status != "own"

    def test_code(self, item: Item) -> str:
        """Returns the short name of an item in a submission; the prefix and the number of two digits."""
        return f"{self.cdisc_prefix}{item.number:02}" if self.cdisc_prefix else ""


def sheets(definition: ProtocolDefinition) -> list[Sheet]:
    """Returns the sheet of every instrument and own form, in the order of their codes."""
    return [sheet_of(definition, code) for code in sorted(definition.instruments)]


def sheet_of(definition: ProtocolDefinition, code: str) -> Sheet:
    """Returns the sheet of one instrument; what the protocol does not say is empty."""
    block = definition.instruments[code]
    about = block.get("catalogue") or {}
    items = items_of(definition, code)
    own = "form_items" in block
    return Sheet(
        code=code,
        name=about.get("name", code),
        edition=about.get("edition") or "",
        respondent=about.get("respondent") or "site",
        recall=about.get("recall") or "",
        languages=tuple(about.get("languages") or ("en",)),
        licence_status=about.get("licence_status") or ("own" if own else "permission"),
        licence=block["licence"] if not own else "",
        cdisc_category=about.get("cdisc_category") or "",
        cdisc_prefix=about.get("cdisc_prefix") or "",
        loinc=about.get("loinc") or "",
        missing_rule=block.get("missing", ""),
        is_own_form=own,
        items=len(items),
        shipped=sum(bool(item.text) for item in items),
    )


def instrument_code(procedure: Procedure) -> str:
    """Returns the instrument that a procedure uses."""
    return procedure.instrument or procedure.code


def takes_independent_rater(definition: ProtocolDefinition, visit_code: str) -> bool:
    """Returns whether the visit takes one assessor of the pool, who counts for the reuse rule."""
    visit = definition.visits_by_code.get(visit_code)
    return visit is not None and visit.assessor == "independent"


def rated_procedures(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    """Returns what the independent rater answers at a visit, the guess at the arm last."""
    if not takes_independent_rater(definition, visit_code):
        return []
    found = [p for p in _with_items(definition, visit_code) if p.role == INDEPENDENT]
    return sorted(found, key=lambda procedure: is_guess(definition, instrument_code(procedure)))


def form_procedures(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    """Returns the questionnaires that the site enters at a visit for the participant.

    An interview at a visit without an independent rater is entered by the site too; a guess at the arm never is.
    """
    rated = rated_procedures(definition, visit_code)
    return [
        procedure
        for procedure in _with_items(definition, visit_code)
        if (procedure.role in (PARTICIPANT, INDEPENDENT) or is_own_form(definition, instrument_code(procedure)))
        and procedure not in rated
        and not is_guess(definition, instrument_code(procedure))
    ]


def guess_procedures(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    """Returns the guesses that the study team makes at a visit; the rater's is the last part of the interview."""
    asked = _guesses(definition, visit_code)
    return [procedure for procedure in asked if procedure.role not in (PARTICIPANT, INDEPENDENT)]


def participant_guess(definition: ProtocolDefinition, visit_code: str) -> Procedure | None:
    """Returns the guess that the participant makes at a visit, if one is asked."""
    asked = _guesses(definition, visit_code)
    return next((procedure for procedure in asked if procedure.role == PARTICIPANT), None)


def guess_visits(definition: ProtocolDefinition, duties: frozenset[str]) -> frozenset[str]:
    """Returns the visits at which somebody with these duties is asked for a guess."""
    return frozenset(
        visit.code
        for visit in definition.visits
        if any(procedure.role in duties for procedure in guess_procedures(definition, visit.code))
    )


def guess_choices(definition: ProtocolDefinition, procedure: Procedure) -> list[tuple[str, str]]:
    """Returns what may be guessed: the arms by their names, and that one cannot tell."""
    names = {arm.code: arm.name for arm in definition.arms}
    options = definition.instruments[instrument_code(procedure)]["options"]
    return [(option, names.get(option, _words(option))) for option in options]


def certainty_choices(definition: ProtocolDefinition, procedure: Procedure) -> list[tuple[str, str]]:
    """Returns how sure one may be."""
    return [(each, _words(each)) for each in definition.instruments[instrument_code(procedure)]["certainty"]]


def is_guess(definition: ProtocolDefinition, instrument: str) -> bool:
    """Returns whether the instrument asks for a guess at the arm."""
    return "options" in definition.instruments.get(instrument, {})


def is_before_first_dose(definition: ProtocolDefinition, instrument: str) -> bool:
    """Returns whether the instrument may be answered before the first dose only, as what somebody expects."""
    return bool(definition.instruments.get(instrument, {}).get("before_first_dose"))


def items_of(definition: ProtocolDefinition, instrument: str) -> tuple[Item, ...]:
    """Returns the items of an instrument or of one of the trial's own forms, in order."""
    block = definition.instruments[instrument]
    if is_guess(definition, instrument):
        return tuple(_guess_items(definition, block))
    found = _form_items(block) if "form_items" in block else _scale_items(block)
    texts = block.get("catalogue", {}).get("texts", {})
    return tuple(
        replace(item, text=item.text or texts.get(item.number, ""), asked_after=opener_of(block, item.number))
        for item in found
    )


def _form_items(block: Mapping[str, Any]) -> list[Item]:
    found = []
    for row in block["form_items"]:
        kind = row["kind"]
        labels = NO_YES if kind == "yes_no" else tuple(row.get("options") or ())
        low, high = form_item_range(row)
        found.append(
            Item(
                row["number"], row["code"], "", low, high, labels=labels, kind=kind,
                unit=row.get("unit") or "", text=row["text"], may_be_not_done=bool(row.get("may_be_not_done")),
            )
        )  # fmt: skip
    return found


def _scale_items(block: Mapping[str, Any]) -> list[Item]:
    low, high = item_range(block) or (1, int(block.get("exposure_columns", 1)))
    groups = _groups(block)
    skippable = block.get("skippable_items", ())
    found = []
    for number in item_numbers(block):
        group, code = groups.get(number, ("", str(number)))
        if group in YES_NO_ITEMS:
            found.append(Item(number, code, _words(group), 0, 1, labels=NO_YES))
            continue
        step, may_not_apply = int(block.get("step", 1)), number in skippable
        found.append(Item(number, code, _words(group), low, high, step, may_not_apply=may_not_apply))
    if "vas" in block:
        found.append(Item(len(found) + 1, "VAS", "", int(block["vas"][0]), int(block["vas"][1])))
    return found


def shown_answer(item: Item, value: Answer) -> str:
    """Returns an answer in words; empty when there is none."""
    if value is None:
        return ""
    if isinstance(value, NotDone):
        return f"Not done: {value.reason}"
    if value == NOT_APPLICABLE:
        return "Does not apply"
    shown = item.label_of(value) if isinstance(value, int) else value
    return f"{shown} {item.unit}".strip()


def duration_item(definition: ProtocolDefinition, instrument: str) -> int | None:
    """Returns the number of the item that says whether the disturbance has lasted long enough, if there is one."""
    rule = definition.instruments[instrument].get("diagnosis_rule", {})
    return int(rule["duration_item"]) if "duration_item" in rule else None


def _guesses(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    return [p for p in definition.procedures_of(visit_code) if is_guess(definition, instrument_code(p))]


def _with_items(definition: ProtocolDefinition, visit_code: str) -> Iterator[Procedure]:
    for procedure in definition.procedures_of(visit_code):
        block = definition.instruments.get(instrument_code(procedure), {})
        if item_numbers(block) and "ideation_items" not in block:
            yield procedure


def is_own_form(definition: ProtocolDefinition, instrument: str) -> bool:
    """Returns whether it is one of the trial's own forms."""
    return "form_items" in definition.instruments.get(instrument, {})


def _guess_items(definition: ProtocolDefinition, block: Mapping[str, Any]) -> Iterator[Item]:
    arms = {arm.code: arm.name for arm in definition.arms}
    options = tuple(arms.get(option, _words(option)) for option in block["options"])
    yield Item(1, "1", "Guess", 0, len(options) - 1, labels=options)
    certainty = tuple(_words(option) for option in block["certainty"])
    yield Item(2, "2", "How sure", 0, len(certainty) - 1, labels=certainty)


def _groups(block: Mapping[str, Any]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for name, limits in block.get("clusters", {}).items():
        for place, number in enumerate(range(int(limits[0]), int(limits[1]) + 1), start=1):
            found[number] = (str(name), f"{name}{place}")
    for name, where in block.get("other_items", {}).items():
        first, last = where if isinstance(where, list) else (where, where)
        for number in range(int(first), int(last) + 1):
            found[number] = (str(name), str(number))
    return found


def _words(code: str) -> str:
    words = str(code).replace("_", " ")
    return words if len(words) < 2 else words[0].upper() + words[1:]
