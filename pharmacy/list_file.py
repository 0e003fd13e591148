"""Reads a statistician's list from a CSV file: every row is judged, and one fault refuses the whole."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from core.errors import Refused

LARGEST_BYTES = 2_000_000
MOST_FAULTS = 50
ARM, BLOCK = "arm", "block"
JOINT = " · "
ALL_SUBJECTS = "all participants"


@dataclass(frozen=True)
class ListedPlace:
    """One row of the file: the stratum that its factors make, its block, and its arm."""

    stratum: str
    block: int
    arm: str


@dataclass(frozen=True)
class Expected:
    """What the protocol says a list must hold: the arms, and each factor with its levels."""

    arms: Sequence[str]
    levels: Mapping[str, Sequence[str]]

    @property
    def columns(self) -> tuple[str, ...]:
        """Returns the columns that the file must have."""
        return (*self.levels, ARM)

    @property
    def strata(self) -> list[str]:
        """Returns every stratum that the factors make."""
        return [joined(list(values)) for values in product(*self.levels.values())]


def joined(values: Sequence[str]) -> str:
    """Returns the name of the stratum that these levels make."""
    return JOINT.join(values) or ALL_SUBJECTS


def read_places(content: bytes, *, expected: Expected) -> list[ListedPlace]:
    """Returns the places of a list in the order of the file.

    Raises Refused, with a sentence for each faulty row, when the file is not what the protocol says.
    """
    rows = _rows(content)
    header = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in expected.columns if name.lower() not in header]
    unknown = [name for name in header if name not in {BLOCK, *(column.lower() for column in expected.columns)}]
    if missing or unknown:
        wanted = ", ".join(expected.columns)
        told = [f"The column “{name}” is missing." for name in missing]
        told += [f"The column “{name}” is none that a list has." for name in unknown]
        raise Refused(f"The first line names the columns: {wanted}.", field="file", details=tuple(told))
    places, faults = [], []
    for line, cells in enumerate(rows[1:], start=2):
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        found = _faults_of(row, expected=expected)
        faults += [f"Line {line}: {fault}" for fault in found]
        if not found:
            stratum = joined([row[name.lower()] for name in expected.levels])
            places.append(ListedPlace(stratum, int(row.get(BLOCK) or 1), row[ARM]))
    if not faults:
        empty = sorted(set(expected.strata) - {place.stratum for place in places})
        faults = [f"The stratum {stratum} has no row." for stratum in empty]
    if faults:
        more = len(faults) - MOST_FAULTS
        told = faults[:MOST_FAULTS] + ([f"And {more} faults more."] if more > 0 else [])
        raise Refused("The file was not taken. Nothing of it is kept.", field="file", details=tuple(told))
    return places


def _rows(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("The file is no text in UTF-8. Save it as CSV in UTF-8.", field="file") from error
    first = text.split("\n", 1)[0]
    separator = max(";,\t", key=first.count)
    return [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(cell.strip() for cell in row)]


def _faults_of(row: Mapping[str, str], *, expected: Expected) -> list[str]:
    faults = []
    for name, allowed in {**expected.levels, ARM: expected.arms}.items():
        value = row.get(name.lower(), "")
        if value not in allowed:
            what = f"“{value}”" if value else "nothing"
            faults.append(f"{name} holds {what}; allowed are {', '.join(allowed)}.")
    block = row.get(BLOCK, "")
    if block and not (block.isdecimal() and 0 < int(block) < 100_000):
        faults.append(f"the block “{block}” is no number from 1 on.")
    return faults
