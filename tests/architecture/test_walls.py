"""The walls of .importlinter: each is broken on purpose, because a wall that never refuses proves nothing."""

import ast
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from django.apps import apps

from tests.databases import ROOT

BREACHES = [
    ("core/identifiers.py", "from patients import queries", "A room knows only the rooms below it"),
    ("sessions/queries/__init__.py", "from safety import events", "A room knows only the rooms below it"),
    ("protocol/scoring.py", "import django", "The rules of the protocol know neither Django nor the database"),
    (
        "patients/queries/__init__.py",
        "from patients import forms",
        "Inside a room: pages above forms above verbs above reads",
    ),
    ("sponsors/api/views.py", "from safety import queries", "Nothing reaches a sponsor except through a dataset"),
    ("sessions/queries/__init__.py", "from trials import forms", "Other rooms come to trials through its doors"),
    (
        "pharmacy/queries/kits.py",
        "from patients.models import Participant",
        "Other rooms come to patients through its doors",
    ),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rooms and of their walls."""
    folder = tmp_path_factory.mktemp("house")
    walls = ConfigParser()
    walls.read(ROOT / ".importlinter")
    for room in walls["importlinter"]["root_packages"].split():
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def broken_walls(house: Path) -> str:
    """Returns the names of the walls that are broken."""
    program = Path(sys.executable).parent / "lint-imports"
    told = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=house, capture_output=True, text=True, check=False
    ).stdout
    assert "Contracts:" in told, told
    return "\n".join(line for line in told.splitlines() if "BROKEN" in line)


def test_no_wall_is_broken(house: Path) -> None:
    assert broken_walls(house) == ""


@pytest.mark.parametrize(("file", "line", "wall"), BREACHES, ids=[f"{file}: {line}" for file, line, _ in BREACHES])
def test_breach_is_found(house: Path, file: str, line: str, wall: str) -> None:
    whole = (house / file).read_text()
    (house / file).write_text(f"{whole}\n{line}\n")

    try:
        assert wall in broken_walls(house)
    finally:
        (house / file).write_text(whole)


def test_the_unblinded_connection_is_used_in_the_pharmacy_alone() -> None:
    """Whoever names the connection can reach what reveals the arm; settings only say where it is."""
    sources = [
        source
        for room in apps.get_app_configs()
        if Path(room.path).parent == ROOT
        for source in [*Path(room.path).rglob("*.py"), *(ROOT / "config").glob("*.py")]
        if "migrations" not in source.parts
    ]

    naming = {str(source.relative_to(ROOT)) for source in sources if names_the_connection(source.read_text())}

    assert {place for place in naming if not place.startswith("pharmacy/")} == {"config/settings.py"}


def names_the_connection(source: str) -> bool:
    """Returns whether a module says the connection's name, or takes it from the room that may say it."""
    nodes = list(ast.walk(ast.parse(source)))
    said = any(isinstance(node, ast.Constant) and node.value == "unblinded" for node in nodes)
    taken = any(
        (isinstance(node, ast.ImportFrom) and any(alias.name == "UNBLINDED" for alias in node.names))
        or (isinstance(node, ast.Attribute) and node.attr == "UNBLINDED")
        for node in nodes
    )  # fmt: skip
    return said or taken


@pytest.mark.parametrize(
    "source",
    ['connections["unblinded"]', "from pharmacy.allocation import UNBLINDED", "connections[allocation.UNBLINDED]"],
)
def test_every_way_to_name_the_connection_is_found(source: str) -> None:
    assert names_the_connection(source)
