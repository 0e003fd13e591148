"""The shape of the screening record in a protocol file, and whether its parts agree."""

from typing import Any

from protocol.coherence.names import at, blocks, rows, table, texts
from protocol.document import Path
from protocol.shapes import Block, Condition, ListOf, Number, OneOf, Ref, TableOf, Text, Watch, Whole

BLOCK: Path = ("screening_record",)
NAME = Text(r"[A-Za-z_][A-Za-z0-9_]*")
NATURAL = Whole(low=0)
MEASURE = Block(
    {"name": Text(), "procedure": Ref("procedure")},
    {
        "unit": Text(),
        "factors": TableOf(Number(low=0), key=Text()),
        "plausible": ListOf(Number(), size=2),
        "values": ListOf(NAME, unique="", least=1),
        "abnormal": ListOf(NAME, unique=""),
        "supplies": Ref("variable"),
        "baseline": Ref("variable"),
        "in": OneOf(("upper_limits",)),
        "computed": Block({"method": OneOf(("bazett",)), "qt": NAME, "rate": NAME}),
    },
)
TREATMENTS = Block(
    {
        "kinds": TableOf(Text(), key=NAME),
        "responses": TableOf(Text(), key=NAME),
        "failed": ListOf(NAME, unique="", least=1),
        "adequate": ListOf(Block({"code": NAME, "kind": NAME, "text": Text(), "expr": Condition()}), unique="code"),
        "counts": Ref("variable"),
        "yields": Ref("variable"),
        "rule": Block({"code": NAME, "text": Text(), "expr": Condition()}),
    },
    {"adequate_dose_mg": TableOf(Number(low=0), key=NAME)},
)
SCREENING_RECORD = Block(
    {},
    {
        "result_age_days": TableOf(Whole(low=1), key=Ref("procedure")),
        "judgements": TableOf(Ref("role"), key=Ref("variable")),
        "failure_reasons": TableOf(Text(), key=NAME),
        "ranges_by": Block({"sex": Ref("variable"), "age": Ref("variable")}),
        "significance_by": Ref("role"),
        "medicine_started": Ref("variable"),
        "measures": TableOf(MEASURE, key=NAME),
        "panels": TableOf(ListOf(NAME, unique="", least=1), key=Ref("variable")),
        "prior_use": Block(
            {
                "uses": Block({"variable": Ref("variable"), "years": Whole(low=1)}),
                "last": Block({"variable": Ref("variable"), "never": NATURAL}),
                "contexts": TableOf(Text(), key=NAME),
            }
        ),
        "class_names": TableOf(Text(), key=NAME),
        "medicines": TableOf(Block({"class": NAME}, {"taper_days": NATURAL}), key=NAME),
        "treatments": TREATMENTS,
    },
)


def check_screening(values: Any, watch: Watch) -> None:
    """Keeps a fault for every part of the screening record that another one contradicts."""
    known = table(values, (*BLOCK, "measures"))
    for path, measure in blocks(values, (*BLOCK, "measures")):
        _check_measure(path, measure, known, watch)
    for name, codes in table(values, (*BLOCK, "panels")).items():
        for code in texts(codes):
            if code not in known:
                watch.fault((*BLOCK, "panels", name), f"“{code}” is not a measure of this file.")
    _check_medicines(values, watch)
    _check_treatments(values, watch)


def _check_measure(path: Path, measure: dict[Any, Any], known: dict[Any, Any], watch: Watch) -> None:
    words = texts(measure.get("values"))
    if bool(words) == bool(measure.get("unit")):
        watch.fault(path, "A measure has either a unit or the words of its values.")
    for word in texts(measure.get("abnormal")):
        if word not in words:
            watch.fault((*path, "abnormal"), f"“{word}” is not among the values of the measure.")
    variable = watch.variables.get(str(measure.get("supplies")))
    if variable is not None and (variable.type == "enum") != bool(words):
        watch.fault((*path, "supplies"), f"“{variable.name}” cannot take what the measure reports.")
    for word in words if variable is not None and variable.type == "enum" else ():
        if word not in variable.values:  # type: ignore[union-attr]
            watch.fault((*path, "values"), f"“{word}” is not a value of “{measure['supplies']}”.")
    for part, code in table(measure, ("computed",)).items():
        if part != "method" and isinstance(code, str) and code not in known:
            watch.fault((*path, "computed", part), f"“{code}” is not a measure of this file.")


def _check_medicines(values: Any, watch: Watch) -> None:
    classes = texts(at(values, ("prohibited_medication_classes", "list")))
    for path, medicine in blocks(values, (*BLOCK, "medicines")):
        if isinstance(medicine.get("class"), str) and medicine["class"] not in classes:
            watch.fault((*path, "class"), f"“{medicine['class']}” is not a prohibited class of this file.")
    half_lives = table(values, ("washout", "half_life_days"))
    known = table(values, (*BLOCK, "medicines"))
    for name in half_lives if known else ():
        if name not in known:
            watch.fault(("washout", "half_life_days", name), f"The class of {name} is not given.")


def _check_treatments(values: Any, watch: Watch) -> None:
    path = (*BLOCK, "treatments")
    kinds, responses = table(values, (*path, "kinds")), table(values, (*path, "responses"))
    for place, row in rows(values, (*path, "adequate")):
        if isinstance(row.get("kind"), str) and row["kind"] not in kinds:
            watch.fault((*place, "kind"), f"“{row['kind']}” is not a kind of treatment of this file.")
    for word in texts(at(values, (*path, "failed"))):
        if word not in responses:
            watch.fault((*path, "failed"), f"“{word}” is not a response of this file.")
