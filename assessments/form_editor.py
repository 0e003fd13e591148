"""The editor of an own form: what is typed becomes a content, and every fault finds its box. Nothing is saved here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from assessments.instruments import RATED
from core.form_fields import ReasonField, SignaturePasswordField
from protocol.definition import ProtocolDefinition
from protocol.own_forms import FormFault
from protocol.schema import ITEM_KINDS

KIND_WORDS = {
    "choice": "Choice of one", "yes_no": "No or yes", "whole": "Whole number", "number": "Number", "text": "Words",
    "date": "A day", "partial_date": "A day, month or year",
}  # fmt: skip
NUMBERS = ("whole", "number")
LEVELS = [("soft", "Soft: asks for a reason"), ("hard", "Hard: refuses")]
MOST_ITEMS, MOST_CHECKS = 200, 100
# Where a fault of the document stands in the editor, by the word of the document.
BOXES = {"range": "low", "number": "code", "name": "title", "": "code", "scoring": "scored"}
NOTHING: Mapping[str, Any] = MappingProxyType({})
SCORES = [("", "No score"), ("sum", "The sum of items"), ("mean", "The mean of items")]


@dataclass(frozen=True)
class Choices:
    """What may be chosen for a form that the protocol's file does not hold: whose duty it is, and its visits."""

    duties: tuple[tuple[str, str], ...]
    visits: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, definition: ProtocolDefinition) -> "Choices":
        """Returns the duties and visits of a protocol; what a blinded rater answers is the protocol's alone."""
        duties = [(code, role.name) for code, role in definition.roles.items() if code not in RATED]
        return cls(tuple(duties), tuple((visit.code, f"{visit.code} {visit.name}") for visit in definition.visits))


class HeadForm(forms.Form):
    """The name of a form, and which draft was seen."""

    title = forms.CharField(label="Name", max_length=120)
    edition = forms.CharField(label="Edition", max_length=20)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    items = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ITEMS)
    checks = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_CHECKS)


class PlacedHeadForm(HeadForm):
    """The head of a form that the protocol's file does not hold: who answers, at which visits, how it is scored."""

    role = forms.ChoiceField(label="Answered or entered by")
    recall = forms.CharField(
        label="Time asked about", required=False, max_length=60, help_text="For example: the last week."
    )
    language = forms.CharField(label="Language", max_length=10, initial="en", help_text="For example en or de.")
    method = forms.ChoiceField(label="Score", choices=SCORES, required=False)
    scored = forms.CharField(
        label="Items of the score", required=False, max_length=200, help_text="Their numbers, for example 1-4, 6."
    )
    reverse = forms.CharField(label="Of these turned round", required=False, max_length=200)
    may_miss = forms.IntegerField(label="Items that a mean may lack", required=False, min_value=1, max_value=MOST_ITEMS)
    visits = forms.MultipleChoiceField(
        label="Asked at",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: it is unscheduled, and asked when somebody adds it to a visit.",
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices.duties  # type: ignore[attr-defined]
        self.fields["visits"].choices = choices.visits  # type: ignore[attr-defined]


class NewForm(forms.Form):
    """The code and the name of a form that is begun from nothing."""

    code = forms.CharField(
        label="Code",
        max_length=16,
        help_text="Capitals, digits and underscores; it names the form in exports and is never changed.",
    )
    title = forms.CharField(label="Name", max_length=120)


class NeededLater(forms.CharField):
    """Words that a form needs before it is published; a draft may still lack them."""

    def validate(self, value: str) -> None:
        """Takes the empty box: the document's own faults say what is missing."""


class ItemRow(forms.Form):
    """One item as it is edited."""

    code = NeededLater(label="Code", max_length=20)
    text = NeededLater(label="Question", max_length=300)
    kind = forms.ChoiceField(label="Answer", choices=[(kind, KIND_WORDS.get(kind, kind)) for kind in ITEM_KINDS])
    low = forms.CharField(label="Lowest", required=False, max_length=20)
    high = forms.CharField(label="Highest", required=False, max_length=20)
    unit = forms.CharField(label="Unit", required=False, max_length=30)
    options = forms.CharField(
        label="Choices, one on each line", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    asked_after = forms.CharField(label="Only if this item is above 0 or yes", required=False, max_length=4)
    may_be_not_done = forms.BooleanField(label="May be not done, with a reason", required=False)


class CheckRow(forms.Form):
    """One edit check as it is edited."""

    code = NeededLater(label="Code", max_length=20)
    level = forms.ChoiceField(label="Level", choices=LEVELS)
    expr = NeededLater(
        label="Wrong when",
        max_length=300,
        help_text="For example i1 > 20, or i2 == 0 and audit_total > 8.",
    )
    text = NeededLater(label="What is said then", max_length=300)


class PublishForm(forms.Form):
    """Why a form is changed, under whose signature."""

    reason = ReasonField(label="Why the form is changed")
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    password = SignaturePasswordField()


class Editor:
    """The boxes of a draft: its head, a row for each item and one for each check."""

    def __init__(
        self, data: Mapping[str, Any], *, choices: Choices | None = None, kept: Mapping[str, Any] = NOTHING
    ) -> None:
        self.head = HeadForm(data) if choices is None else PlacedHeadForm(data, choices=choices)
        self.kept = kept
        # Cleaned before anything else, so that what was typed stands beside what is said of it.
        self.head.is_valid()
        self.items = [ItemRow(data, prefix=f"item-{row}") for row in range(self._count("items", MOST_ITEMS))]
        self.checks = [CheckRow(data, prefix=f"check-{row}") for row in range(self._count("checks", MOST_CHECKS))]

    @classmethod
    def of(cls, content: Mapping[str, Any], *, seen_version: int, choices: Choices | None = None) -> "Editor":
        """Returns the editor with a content in it."""
        items, checks = content["items"], content["checks"]
        data: dict[str, Any] = {
            "title": content["name"], "edition": content["edition"], "seen_version": seen_version,
            "items": len(items), "checks": len(checks),
        }  # fmt: skip
        for row, item in enumerate(items):
            data |= {f"item-{row}-{name}": value for name, value in _item_boxes(item).items()}
        for row, check in enumerate(checks):
            data |= {f"check-{row}-{name}": value for name, value in check.items()}
        if choices is None:
            return cls(data, kept=in_no_box(content))
        boxes = MultiValueDict({name: [value] for name, value in (data | _place_boxes(content)).items()})
        boxes.setlist("visits", list(content["visits"]))
        return cls(boxes, choices=choices)

    @property
    def seen_version(self) -> int:
        """Returns the version of the draft that the writer started from."""
        return int(self.head.cleaned_data.get("seen_version") or 0)

    @property
    def fits(self) -> bool:
        """Returns whether every box can be read at all."""
        return not any(form.errors for form in (self.head, *self.items, *self.checks))

    @property
    def content(self) -> dict[str, Any]:
        """Returns what was typed as a content, wrong values as they stand, so that their fault can be told."""
        entered = self.head.cleaned_data
        # What stands in the file and in no box of this editor stays as it is.
        further = _place_of(entered) if isinstance(self.head, PlacedHeadForm) else dict(self.kept)
        return {
            "name": entered.get("title", ""),
            "edition": entered.get("edition", ""),
            "items": [_item(row, number) for number, row in enumerate(_cleaned(self.items), start=1)],
            "checks": [
                {name: row.get(name) or "" for name in ("code", "level", "expr", "text")}
                for row in _cleaned(self.checks)
            ],
            **further,
        }

    def show_faults(self, faults: Iterable[FormFault]) -> None:
        """Adds every fault beside its box."""
        for fault in faults:
            form: forms.Form = self.head
            if fault.block == "items" and fault.row is not None and fault.row < len(self.items):
                form = self.items[fault.row]
            elif fault.block == "checks" and fault.row is not None and fault.row < len(self.checks):
                form = self.checks[fault.row]
            name = BOXES.get(fault.name, fault.name)
            form.is_valid()
            form.add_error(name if name in form.fields else None, fault.message)

    def _count(self, name: str, most: int) -> int:
        return min(int(self.head.cleaned_data.get(name) or 0), most)


def changed(content: Mapping[str, Any], step: str) -> dict[str, Any]:
    """Returns a content after a step of the editor, such as `add-items`, `up-items-3` or `drop-checks-0`."""
    verb, _, rest = step.partition("-")
    block, _, place = rest.partition("-")
    found = {**content, **{name: [dict(row) for row in content[name]] for name in ("items", "checks")}}
    if block not in ("items", "checks"):
        return found
    rows, row = found[block], int(place) if place.isdecimal() and len(place) < 4 else -1
    if verb == "add":
        rows.append(_blank(block, len(rows)))
    elif 0 <= row < len(rows):
        _move(rows, row, verb)
    for number, item in enumerate(found["items"], start=1):
        item["number"] = number
    return found


def in_no_box(content: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a form of the protocol's file says beside its items, which is the file's to say."""
    return {name: value for name, value in content.items() if name in ("recall", "languages", "scoring")}


def numbers_in(text: str) -> list[Any]:
    """Returns the numbers of a list such as `1-4, 6`; what is none stays as typed, for its fault to be told."""
    found: list[Any] = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        first, dash, last = part.partition("-")
        ends = [end.strip() for end in (first, last) if dash or end]
        if all(end.isascii() and end.isdecimal() and len(end) < 4 for end in ends):
            found += range(int(ends[0]), int(ends[-1]) + 1)
        else:
            found.append(part)
    return found


def _place_of(entered: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"role": entered.get("role", ""), "visits": list(entered.get("visits") or ())}
    if entered.get("recall"):
        found["recall"] = entered["recall"]
    if entered.get("language"):
        found["languages"] = [entered["language"]]
    if entered.get("method"):
        found["scoring"] = {"method": entered["method"], "items": numbers_in(entered.get("scored") or "")}
        if entered.get("reverse"):
            found["scoring"]["reverse"] = numbers_in(entered["reverse"])
        if entered.get("may_miss"):
            found["scoring"]["may_miss"] = entered["may_miss"]
    return found


def _place_boxes(content: Mapping[str, Any]) -> dict[str, Any]:
    score = content.get("scoring") or {}
    return {
        "role": content.get("role", ""), "recall": content.get("recall", ""),
        "language": next(iter(content.get("languages", ())), "en"), "method": score.get("method", ""),
        "scored": ", ".join(map(str, score.get("items", ()))), "reverse": ", ".join(map(str, score.get("reverse", ()))),
        "may_miss": score.get("may_miss", ""),
    }  # fmt: skip


def _move(rows: list[dict[str, Any]], row: int, verb: str) -> None:
    if verb == "drop":
        del rows[row]
    elif verb == "up" and row > 0:
        rows[row - 1], rows[row] = rows[row], rows[row - 1]
    elif verb == "down" and row + 1 < len(rows):
        rows[row + 1], rows[row] = rows[row], rows[row + 1]


def _blank(block: str, count: int) -> dict[str, Any]:
    if block == "items":
        return {"number": count + 1, "code": "", "text": "", "kind": "yes_no"}
    return {"code": "", "level": "soft", "expr": "", "text": ""}


def _cleaned(rows: Sequence[forms.Form]) -> list[dict[str, Any]]:
    return [row.cleaned_data if row.is_valid() else getattr(row, "cleaned_data", {}) for row in rows]


def _item(entered: Mapping[str, Any], number: int) -> dict[str, Any]:
    kind = entered.get("kind") or ""
    item: dict[str, Any] = {
        "number": number, "code": entered.get("code", ""), "text": entered.get("text", ""), "kind": kind
    }  # fmt: skip
    if kind in NUMBERS and (entered.get("low") or entered.get("high")):
        item["range"] = [_number(entered.get("low", "")), _number(entered.get("high", ""))]
    if kind in NUMBERS and entered.get("unit"):
        item["unit"] = entered["unit"]
    options = [line.strip() for line in (entered.get("options") or "").splitlines() if line.strip()]
    if options and kind == "choice":
        item["options"] = options
    if entered.get("may_be_not_done"):
        item["may_be_not_done"] = True
    if entered.get("asked_after"):
        item["asked_after"] = _number(entered["asked_after"])
    return item


def _item_boxes(item: Mapping[str, Any]) -> dict[str, Any]:
    low, high = item.get("range") or ("", "")
    boxes = {
        "code": item["code"], "text": item["text"], "kind": item["kind"], "low": low, "high": high,
        "unit": item.get("unit", ""), "options": "\n".join(item.get("options", ())),
        "asked_after": item.get("asked_after", ""),
    }  # fmt: skip
    return boxes | ({"may_be_not_done": "on"} if item.get("may_be_not_done") else {})


def _number(text: str) -> Any:
    """Returns a number where the text is one, else the text, whose fault is told by the rules of the document."""
    plain = text.strip().replace(",", ".")
    sign, digits = (plain[0], plain[1:]) if plain[:1] in "+-" and plain else ("", plain)
    whole, point, rest = digits.partition(".")
    if not whole.isascii() or not whole.isdecimal() or (point and not (rest.isascii() and rest.isdecimal())):
        return text
    return float(f"{sign}{digits}") if point and rest.strip("0") else int(f"{sign}{whole}")
