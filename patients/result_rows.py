"""A file of results as rows: read, checked for what a spreadsheet does to it, never guessed at.

UTF-8 with or without a byte order mark; commas, semicolons or tabs; a decimal comma where it cannot be a thousand.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import Refused

LARGEST_BYTES, MOST_ROWS = 5_000_000, 10_000
COLUMNS = ("participant", "visit", "test", "value", "unit", "collected_at", "laboratory", "report", "reason")
REQUIRED = ("participant", "test", "value", "unit", "collected_at", "laboratory")
# What a spreadsheet would run as a formula when the cell is opened again.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST = {"laboratory": 80, "report": 60, "reason": 300, "value": 40, "unit": 20}
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True)
class Row:
    """One row of a file: its number as a spreadsheet shows it, and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one row, in words, and in which column."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class ReadFile:
    """What a file holds: rows whose cells can be read, and the faults of the others."""

    rows: tuple[Row, ...]
    faults: tuple[RowFault, ...]
    count: int


def template() -> str:
    """Returns the first line of a file of results, as a spreadsheet opens it."""
    return ",".join(COLUMNS) + "\r\n"


def read_rows(content: bytes) -> ReadFile:
    """Returns the rows of a file.

    Raises Refused, with a sentence on what to do, for a file that is too large, empty, in another encoding, or without
    the columns.
    """
    if len(content) > LARGEST_BYTES:
        raise Refused("The file is larger than 5 MB. Split it and send the parts one after the other.", field="file")
    text = _text(content)
    first = next(iter(text.splitlines()), "")
    delimiter = max((";", "\t", ","), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        found = list(reader)
    except csv.Error as error:
        raise Refused(f"Line {reader.line_num} is not written as CSV: {error}.", field="file") from None
    if not found:
        raise Refused("The file is empty.", field="file")
    header = _header(found[0])
    body = [(number, cells) for number, cells in enumerate(found[1:], start=2) if any(cell.strip() for cell in cells)]
    if not body:
        raise Refused("The file has a first line and no results.", field="file")
    if len(body) > MOST_ROWS:
        raise Refused(
            f"The file has {len(body)} rows; 10,000 are taken at once. Split it and send the parts.", field="file"
        )
    rows, faults = [], []
    for number, cells in body:
        row, wrong = _row(number, cells, header)
        faults.extend(wrong)
        if not wrong:
            rows.append(row)
    return ReadFile(tuple(rows), tuple(faults), len(body))


def as_decimal(text: str) -> str | None:
    """Returns a number with a decimal point; None where a comma may stand for a thousand or for a decimal.

    A text that is no number comes back as it is.
    """
    compact = text.strip()
    if THOUSANDS.fullmatch(compact):
        return None
    if DECIMAL_COMMA.fullmatch(compact):
        return compact.replace(",", ".")
    return compact


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused("The file is saved as Unicode (UTF-16). Save it as “CSV UTF-8” and send it again.", field="file")
    if content[:4] == b"PK\x03\x04":
        raise Refused("This is a spreadsheet, not CSV. Save it as “CSV UTF-8” and send that.", field="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(
            f"Line {line} is not in UTF-8. Save the file as “CSV UTF-8” and send it again.", field="file"
        ) from None
    if "\x00" in text:
        raise Refused("The file holds bytes that are no text. Save it as “CSV UTF-8” and send it again.", field="file")
    return text


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().casefold().replace(" ", "_") for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise Refused(
            f"The first line must name the columns; missing: {', '.join(missing)}. Take the template.", field="file"
        )
    strange = [name for name in names if name and name not in COLUMNS]
    if strange:
        raise Refused(f"Columns that are not known: {', '.join(strange)}. Take the template.", field="file")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refused(f"A column is there twice: {', '.join(twice)}.", field="file")
    return names


def _row(number: int, cells: list[str], header: list[str]) -> tuple[Row, list[RowFault]]:
    values = dict.fromkeys(COLUMNS, "") | {
        name: cell.strip() for name, cell in zip(header, cells, strict=False) if name
    }
    faults = [RowFault(number, "", "The row has more cells than the first line has columns.")] * any(
        cell.strip() for cell in cells[len(header) :]
    )
    return Row(number, values), [*faults, *_faults(number, values)]


def _faults(number: int, values: dict[str, str]) -> Iterator[RowFault]:
    for name in REQUIRED:
        # A word has no unit.
        if not values[name] and name != "unit":
            yield RowFault(number, name, f"The {name.replace('_', ' ')} is missing.")
    for name, text in values.items():
        if name in LONGEST and len(text) > LONGEST[name]:
            yield RowFault(number, name, f"The {name} is longer than {LONGEST[name]} characters.")
        if text.startswith(FORMULA) and not (name == "value" and NUMBER.fullmatch(text.replace(",", "."))):
            yield RowFault(
                number, name, f"“{text[:20]}” begins with “{text[0]}”, which a spreadsheet would run as a formula."
            )
    if values["value"] and as_decimal(values["value"]) is None:
        yield RowFault(
            number, "value", f"“{values['value']}” may mean a thousand or a decimal. Write it with a decimal point."
        )
