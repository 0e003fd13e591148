"""The normal ranges of a site's laboratories."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from patients.actions.results import keep_facts_of_range
from patients.models import LabRange
from protocol.definition import ProtocolDefinition
from protocol.screening.measures import converted

if TYPE_CHECKING:
    from trials.models import Site


@dataclass(frozen=True)
class RangeDetails:
    """What a range says: the limits in a unit of the protocol, for whom, and from when on."""

    laboratory: str
    measure: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    valid_from: date
    sex: str = ""
    age_from: int = 0
    age_to: int | None = None


def add_range(
    site: "Site", details: RangeDetails, *, definition: ProtocolDefinition, by: Person, at: datetime
) -> LabRange:
    """Keeps a range in the protocol's unit, and the facts of results that waited for it.

    Raises Refused for limits that cannot be right, and for a range that is there already.
    """
    measure = definition.screening.measures.get(details.measure)
    if measure is None or not measure.unit:
        raise Refused("Choose a measure that has a unit.", field="measure")
    low = None if details.low is None else converted(measure, details.low, details.unit)
    high = None if details.high is None else converted(measure, details.high, details.unit)
    if details.unit not in measure.units:
        raise Refused(f"Give {measure.name} in {' or '.join(measure.units)}.", field="unit")
    if low is None and high is None:
        raise Refused("Give at least one limit.", field="high")
    if low is not None and high is not None and low >= high:
        raise Refused("The lower limit must lie below the upper one.", field="high")
    if details.age_to is not None and details.age_to <= details.age_from:
        raise Refused("The age below which it holds must lie above the one from which.", field="age_to")
    with contribution(by=by, reason="Normal range recorded"):
        try:
            with transaction.atomic():
                row = LabRange.objects.create(
                    site=site,
                    laboratory=details.laboratory.strip(),
                    measure=details.measure,
                    sex=details.sex,
                    age_from=details.age_from,
                    age_to=details.age_to,
                    low=low,
                    high=high,
                    unit=measure.unit,
                    valid_from=details.valid_from,
                    recorded_by=by,
                )
        except IntegrityError:
            raise Refused(
                "This laboratory has a range for the same people from that day already. Give another day.",
                field="valid_from",
            ) from None
        keep_facts_of_range(site.pk, measure=details.measure, laboratory=row.laboratory, by=by, at=at)
    return row
