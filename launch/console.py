"""What the launcher says: one line for each step, and what to do when one fails."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTED = time.monotonic()


class Failure(Exception):
    """A step failed; the text says what to do."""


def say(text: str) -> None:
    """Prints one line at once."""
    print(text, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Prints a step and how long it took."""
    began = time.monotonic()
    yield
    say(f"  {time.monotonic() - STARTED:5.1f} s  {what} ({time.monotonic() - began:.1f} s)")


def complain(text: str) -> None:
    """Prints a failure to the error stream."""
    print(f"\n{text}", file=sys.stderr, flush=True)


def tail(log: Path, lines: int = 25) -> str:
    """Returns the last lines of a log."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
