"""Whether the reviews of therapy without a dose rate what the file has."""

from typing import Any

from protocol.coherence.names import at, rows
from protocol.shapes import Watch


def check_adherence(values: Any, watch: Watch) -> None:
    """Keeps a fault for an item of therapy that no review has."""
    known = [item.get("code") for _, item in rows(values, ("adherence", "items"))]
    named = at(values, ("adherence", "therapy", "items"))
    for place, code in enumerate(named if isinstance(named, list) else ()):
        if isinstance(code, str) and code not in known:
            watch.fault(("adherence", "therapy", "items", place), f"“{code}” is no item of the reviews.")
