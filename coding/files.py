"""Reads a dictionary as its licensee has it: an archive of text files with `$` between the columns.

Events: llt.asc, pt.asc, hlt.asc, hlgt.asc, soc.asc and mdhier.asc, as MedDRA's ASCII delivery names them. Medicines:
drugs.asc with code, name, code of the group and name of the group. Nothing of any dictionary is part of Vigil.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile

from protocol.expectedness import plain_words

EVENT_FILES = ("llt.asc", "pt.asc", "hlt.asc", "hlgt.asc", "soc.asc", "mdhier.asc")
MEDICINE_FILES = ("drugs.asc",)
LARGEST_FILE, LARGEST_NAME, LARGEST_CODE = 60_000_000, 250, 12
# Places of columns in llt.asc and mdhier.asc.
LLT_CODE, LLT_NAME, LLT_PT, LLT_CURRENT, LLT_COLUMNS = 0, 1, 2, 9, 10
HIER_PT, HIER_PT_NAME, HIER_HLT, HIER_HLGT, HIER_SOC, HIER_PRIMARY, HIER_COLUMNS = 0, 4, 5, 6, 7, 11, 12
HIER_SOC_CODE = 3
HIER_CODES = {"pt.asc": 0, "hlt.asc": 1, "hlgt.asc": 2, "soc.asc": 3}


class UnreadableDictionary(ValueError):
    """The files are no dictionary; the message names the file and the line."""


@dataclass(frozen=True)
class Term:
    """A term with its name for comparison and what stands above it."""

    code: str
    name: str
    plain: str
    current: bool = True
    preferred_code: str = ""
    preferred: str = ""
    high_level: str = ""
    high_group: str = ""
    system: str = ""
    system_code: str = ""


@dataclass(frozen=True)
class ReadDictionary:
    """What an archive holds, and its digest."""

    terms: tuple[Term, ...]
    digest: str


def plain(text: str) -> str:
    """Returns a name by which it is compared: no case, no punctuation, single spaces."""
    return " ".join(plain_words(text))[:LARGEST_NAME]


def read_dictionary(content: bytes, *, kind: str) -> ReadDictionary:
    """Returns the terms of an archive; raises UnreadableDictionary with the file and the line."""
    texts = _texts(content, EVENT_FILES if kind == "event" else MEDICINE_FILES)
    terms = tuple(_events(texts) if kind == "event" else _medicines(texts))
    if not terms:
        raise UnreadableDictionary("The files hold no term.")
    seen: set[str] = set()
    for term in terms:
        if term.code in seen:
            raise UnreadableDictionary(f"The code {term.code} stands twice.")
        seen.add(term.code)
    return ReadDictionary(terms, hashlib.sha256(content).hexdigest())


def _texts(content: bytes, names: tuple[str, ...]) -> dict[str, str]:
    try:
        archive = ZipFile(BytesIO(content))
    except BadZipFile as error:
        raise UnreadableDictionary("This is no ZIP archive. Pack the files of the dictionary into one.") from error
    found = {PurePosixPath(each.filename).name.lower(): each for each in archive.infolist()}
    missing = [name for name in names if name not in found]
    if missing:
        raise UnreadableDictionary(f"The archive lacks {', '.join(missing)}.")
    texts = {}
    for name in names:
        if found[name].file_size > LARGEST_FILE:
            raise UnreadableDictionary(f"{name} is larger than 60 MB.")
        try:
            texts[name] = archive.read(found[name]).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableDictionary(f"{name} is no text in UTF-8.") from error
    return texts


def _events(texts: Mapping[str, str]) -> Iterator[Term]:
    above = _hierarchy(texts)
    for line, columns in _rows(texts["llt.asc"], "llt.asc", least=LLT_COLUMNS):
        path = above.get(columns[LLT_PT])
        if path is None:
            raise UnreadableDictionary(
                f"llt.asc, line {line}: the preferred term {columns[LLT_PT]} has no primary path in mdhier.asc."
            )
        code, name = _named(columns[LLT_CODE], columns[LLT_NAME], file="llt.asc", line=line)
        yield Term(code, name, plain(name), columns[LLT_CURRENT] != "N", columns[LLT_PT], *path)


def _hierarchy(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Returns what stands above each preferred term on its primary path."""
    known = {name: {columns[0] for _, columns in _rows(texts[name], name, least=2)} for name in HIER_CODES}
    above = {}
    for line, columns in _rows(texts["mdhier.asc"], "mdhier.asc", least=HIER_COLUMNS):
        for name, place in HIER_CODES.items():
            if columns[place] not in known[name]:
                raise UnreadableDictionary(f"mdhier.asc, line {line}: {columns[place]} does not stand in {name}.")
        if columns[HIER_PRIMARY] == "Y":
            path = tuple(columns[place] for place in (HIER_PT_NAME, HIER_HLT, HIER_HLGT, HIER_SOC, HIER_SOC_CODE))
            above[columns[HIER_PT]] = path
    return above


def _medicines(texts: Mapping[str, str]) -> Iterator[Term]:
    for line, columns in _rows(texts["drugs.asc"], "drugs.asc", least=4):
        code, name = _named(columns[0], columns[1], file="drugs.asc", line=line)
        yield Term(code, name, plain(name), True, columns[2], name, system=columns[3][:LARGEST_NAME])


def _rows(text: str, name: str, *, least: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        columns = line.split("$")
        if len(columns) < least:
            raise UnreadableDictionary(f"{name}, line {number}: {len(columns)} columns; at least {least} are needed.")
        yield number, columns


def _named(code: str, name: str, *, file: str, line: int) -> tuple[str, str]:
    if not code.isdigit() or len(code) > LARGEST_CODE:
        raise UnreadableDictionary(f"{file}, line {line}: “{code}” is no code.")
    if not plain(name) or len(name) > LARGEST_NAME:
        raise UnreadableDictionary(f"{file}, line {line}: there is no name, or it has more than 250 characters.")
    return code, name
