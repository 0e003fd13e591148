"""The words of a participant's own pages, one file for each language; a page never speaks two."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

FOLDER = Path(__file__).parent
DEFAULT = "en"


def languages() -> tuple[str, ...]:
    """Returns the languages in which every word is there."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def words_in(language: str) -> Mapping[str, str]:
    """Returns the words of a language by name, `language` among them, or the English ones where it has no file."""
    known = language if language in languages() else DEFAULT
    path = FOLDER / f"{known}.yaml"
    return MappingProxyType({"language": known, **yaml.safe_load(path.read_text(encoding="utf-8"))})
