"""Words that stay out of the code: the drug's and the arms', a builder's paths; and no code inside a page."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.databases import ROOT

CODE = {".py", ".html", ".js", ".css", ".txt"}
PAGES = sorted((ROOT / "templates").rglob("*.html"))
PATHS_OF_A_BUILDER = re.compile(r"(/home/\w+|/root|/work|/tmp/vigil)(/|\b)")
CODE_IN_A_PAGE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def files_of_the_product() -> list[Path]:
    """Returns the code that is kept, without tests, vendored files and the protocol itself."""
    kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rooms = [Path(name) for name in kept.split("\0") if name]
    return [
        ROOT / path
        for path in rooms
        if path.parts[0] not in ("tests", "protocols", "docs", ".ci")
        and "vendor" not in path.parts
        and path.suffix in CODE
        and (ROOT / path).is_file()
    ]


def words_of_the_arms() -> set[str]:
    """Returns the codes of the arms of the protocol, the drug's own name among them."""
    protocol = yaml.safe_load((ROOT / "protocols" / "mapp_like.yaml").read_text())
    return {str(arm["code"]) for arm in protocol["arms"]}


def test_no_arm_and_no_drug_is_named_in_code() -> None:
    words = words_of_the_arms()
    assert len(words) == 2
    named = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b|mdma", re.IGNORECASE)

    assert [str(file.relative_to(ROOT)) for file in files_of_the_product() if named.search(file.read_text())] == []


def test_no_path_of_a_builders_machine_is_in_the_product() -> None:
    found = [file for file in files_of_the_product() if PATHS_OF_A_BUILDER.search(file.read_text())]

    assert [str(file.relative_to(ROOT)) for file in found] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "templates")))
def test_page_carries_no_code_of_its_own(page: Path) -> None:
    assert CODE_IN_A_PAGE.findall(page.read_text()) == []
