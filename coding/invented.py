"""An invented dictionary, made in code for the demo trial and the tests: its codes and its order are nobody's.

Names are made of syllables; names that somebody wants in it stand among them under codes of the same kind.
"""

import random
from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

NAME = "Invented terms"
PARTS = ("Limbs", "Trunk", "Head", "Sleep", "Mood", "Skin", "Breathing", "Heart")
FIRST = (
    "bal", "ber", "cor", "dal", "fen", "gor", "hil", "jor", "kel", "lum", "mir", "nor", "pol", "quar", "ras", "sel",
    "tor", "ul", "ven", "wil",
)  # fmt: skip
MIDDLE = ("a", "e", "i", "o", "u", "ar", "en", "il", "or", "us")
LAST = ("dal", "gia", "ma", "nia", "pex", "sis", "tis", "ty", "um", "via")
KINDS = ("ache", "swelling", "numbness", "tremor", "pallor", "stiffness", "rash", "loss", "rise", "spasm")
PER_PREFERRED = 4
# Moves with the place, so that two dictionaries of one size and another version share their codes.
FIRST_CODE = 90_000_001


def names(count: int, *, seed: int = 1) -> Iterator[str]:
    """Returns so many invented names, no two alike; the same at every run."""
    dice = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        word = f"{dice.choice(FIRST)}{dice.choice(MIDDLE)}{dice.choice(FIRST)}{dice.choice(LAST)}"
        name = f"{word.capitalize()} {dice.choice(KINDS)} of {dice.choice(FIRST)}{dice.choice(LAST)}"
        if name not in seen:
            seen.add(name)
            yield name


def event_archive(*, terms: Iterable[str], retired: Iterable[str] = ()) -> bytes:
    """Returns an archive of the files in which a dictionary of events is delivered; the same names give the same bytes.

    Names in `retired` are kept in it but are current no more.
    """
    gone = set(retired)
    listed = [(str(FIRST_CODE + place), name) for place, name in enumerate(terms)]
    llt, pt, hier = [], [], []
    for place, (code, name) in enumerate(listed):
        preferred_place = place - place % PER_PREFERRED
        preferred, _ = listed[preferred_place]
        system = preferred_place // PER_PREFERRED % len(PARTS)
        llt.append("$".join([code, name, preferred, *[""] * 6, "N" if name in gone else "Y", "", ""]))
        if place == preferred_place:
            pt.append(f"{code}${name}$$1{system}$$$$$$$$")
            path = [code, f"3{system}", f"2{system}", f"1{system}", name, f"{PARTS[system]} signs"]
            hier.append("$".join([*path, f"{PARTS[system]} group", PARTS[system], "", "", f"1{system}", "Y", ""]))
    files = {
        "llt.asc": llt,
        "pt.asc": pt,
        "hlt.asc": [f"3{place}${part} signs$" for place, part in enumerate(PARTS)],
        "hlgt.asc": [f"2{place}${part} group$" for place, part in enumerate(PARTS)],
        "soc.asc": [f"1{place}${part}$" for place, part in enumerate(PARTS)],
        "mdhier.asc": hier,
    }
    return _archive(files)


def medicine_archive(*, names_and_groups: Iterable[tuple[str, str]]) -> bytes:
    """Returns an archive of the file in which a dictionary of medicines is read."""
    rows = [
        f"{FIRST_CODE + place}${name}$Z{place % 10:02}${group}" for place, (name, group) in enumerate(names_and_groups)
    ]
    return _archive({"drugs.asc": rows})


def _archive(files: dict[str, list[str]]) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            # One moment for every file: the same names give the same bytes.
            archive.writestr(ZipInfo(name, (2026, 1, 1, 0, 0, 0)), "\n".join(rows) + "\n", ZIP_DEFLATED)
    return written.getvalue()
