"""What the launcher says: one line for each step, and what to do when one fails."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

BEGAN = time.monotonic()
_stream: TextIO = sys.stdout


class Failure(Exception):
    """A step failed; the text says what to do."""


def speak_aside() -> None:
    """Moves what is said to the error stream: the output of a management command must stay clean."""
    global _stream
    _stream = sys.stderr


def say(text: str) -> None:
    """Prints one line at once."""
    print(text, file=_stream, flush=True)


def seconds_so_far() -> int:
    """Returns the seconds since the launcher began."""
    return round(time.monotonic() - BEGAN)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Prints a step when it begins, and how long it took when it ends."""
    began = time.monotonic()
    print(f"  {what} … ", end="", file=_stream, flush=True)
    try:
        yield
    except BaseException:
        say("not done")
        raise
    say(f"{time.monotonic() - began:.1f} s")


def complain(text: str) -> None:
    """Prints a failure to the error stream."""
    print(f"\n{text}", file=sys.stderr, flush=True)


def tail(log: Path, lines: int = 25) -> str:
    """Returns the last lines of a log, indented."""
    if not log.exists():
        return ""
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])
