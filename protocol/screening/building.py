"""From the block of a protocol file to the parts of the screening record, once no fault was found in it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from protocol.parts import Rule
from protocol.screening.parts import (
    AdequateTreatment,
    Computed,
    KnownMedicine,
    Measure,
    PriorUse,
    ScreeningRecord,
    TreatmentRules,
)
from protocol.shapes import TAGS

MakeRule = Callable[..., Rule]
PLACE = "screening_record"


def screening_record_from(block: Mapping[str, Any], *, make_rule: MakeRule) -> ScreeningRecord:
    """Returns the parts of the block; `make_rule` reads a rule at a place of the file."""
    ranges = block.get("ranges_by") or {}
    return ScreeningRecord(
        result_age_days=_table(block, "result_age_days"),
        judgements=_table(block, "judgements"),
        failure_reasons=_table(block, "failure_reasons"),
        sex_variable=ranges.get("sex", ""),
        age_variable=ranges.get("age", ""),
        significance_by=block.get("significance_by") or "",
        medicine_started=block.get("medicine_started") or "",
        measures={code: _measure(code, row) for code, row in _table(block, "measures").items()},
        panels={name: tuple(codes) for name, codes in _table(block, "panels").items()},
        prior_use=_prior_use(block.get("prior_use")),
        class_names=_table(block, "class_names"),
        medicines={
            name: KnownMedicine(name, row["class"], row.get("taper_days") or 0)
            for name, row in _table(block, "medicines").items()
        },
        treatments=_treatments(block.get("treatments"), make_rule),
    )


def _table(block: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in (block.get(name) or {}).items() if key not in TAGS}


def _measure(code: str, row: Mapping[str, Any]) -> Measure:
    plausible, computed = row.get("plausible"), row.get("computed")
    return Measure(
        code=code,
        name=row["name"],
        procedure=row["procedure"],
        unit=row.get("unit") or "",
        factors={unit: Decimal(factor) for unit, factor in _table(row, "factors").items()},
        plausible=None if plausible is None else (Decimal(plausible[0]), Decimal(plausible[1])),
        values=tuple(row.get("values") or ()),
        abnormal=tuple(row.get("abnormal") or ()),
        supplies=row.get("supplies") or "",
        baseline=row.get("baseline") or "",
        in_terms_of=row.get("in") or "",
        computed=None if computed is None else Computed(computed["method"], computed["qt"], computed["rate"]),
    )


def _prior_use(row: Mapping[str, Any] | None) -> PriorUse | None:
    if row is None:
        return None
    uses, last = row["uses"], row["last"]
    return PriorUse(uses["variable"], uses["years"], last["variable"], Decimal(last["never"]), _table(row, "contexts"))


def _treatments(row: Mapping[str, Any] | None, make_rule: MakeRule) -> TreatmentRules | None:
    if row is None:
        return None
    place = (PLACE, "treatments")
    return TreatmentRules(
        kinds=_table(row, "kinds"),
        responses=_table(row, "responses"),
        failed=tuple(row["failed"]),
        adequate=tuple(
            AdequateTreatment(each["kind"], make_rule((*place, "adequate", index), each, code=each["code"]))
            for index, each in enumerate(row["adequate"])
        ),
        adequate_dose_mg={name: Decimal(dose) for name, dose in _table(row, "adequate_dose_mg").items()},
        counts=row["counts"],
        yields=row["yields"],
        rule=make_rule((*place, "rule"), row["rule"], code=row["rule"]["code"]),
    )
