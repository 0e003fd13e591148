"""`python -m benchmarks [NAME]`: runs one benchmark, or every one, and keeps the figures in docs/evidence/."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import eligibility, listing, pages

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "eligibility": eligibility.run,
    "pages": pages.run,
    "listing": listing.run,
}


def main(names: list[str]) -> int:
    """Runs the named benchmarks and returns 1 if one misses its bar."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark “{unknown[0]}”. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    missed = 0
    for name in names or BENCHMARKS:
        figures = BENCHMARKS[name]()
        print(f"{name}: {json.dumps(figures, indent=2)}")
        _keep(name, figures)
        missed += not figures["met"]
    return 1 if missed else 0


def _keep(name: str, figures: dict[str, Any]) -> None:
    head = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(head, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    held = {"command": f"./run bench {name}", "commit": commit, "figures": figures}
    (ROOT / "docs" / "evidence" / f"bench-{name}.json").write_text(f"{json.dumps(held, indent=2)}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
