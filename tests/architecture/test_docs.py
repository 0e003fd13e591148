"""What the documents name exists: every path, and every test by its name."""

import re
from pathlib import Path

import pytest

from tests.databases import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PLACE = re.compile(r"`([a-z][\w.-]*(?:/[\w.-]+)*/[\w.-]*)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    missing = [
        f"{file}::{name}"
        for file, name in TEST.findall(page.read_text())
        if not (ROOT / file).exists() or f"def {name}(" not in (ROOT / file).read_text()
    ]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_place_that_a_page_names_exists(page: Path) -> None:
    tops = {entry.name for entry in ROOT.iterdir()}
    named = [place for place in PLACE.findall(page.read_text()) if place.split("/")[0] in tops - {".run"}]

    assert [place for place in named if not (ROOT / place).exists()] == []


def test_hazard_log_holds_controls_and_tests() -> None:
    hazards = (ROOT / "docs" / "hazards.md").read_text().split("\n## ")[1:]

    assert len(hazards) >= 25
    assert [hazard.split("\n")[0] for hazard in hazards if not TEST.search(hazard)] == []


def test_every_abuse_case_names_its_tests_or_says_what_is_open() -> None:
    cases = (ROOT / "docs" / "abuse_cases.md").read_text().split("\n## ")[1:]

    assert [case.split()[0] for case in cases] == [f"A-{number:02}" for number in range(1, 26)]
    assert [case.split("\n")[0] for case in cases if not TEST.search(case) and "\nOpen: " not in case] == []
