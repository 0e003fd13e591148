"""A form of the trial's own that no protocol file holds: the data manager publishes it, and takes it along."""

from datetime import datetime
from typing import Any

from assessments import actions
from core.models import Person
from demo.people import PASSWORD
from trials.models import ProtocolVersion

CODE, NAME = "TRAVEL", "Coming to the appointments"
CONTENT: dict[str, Any] = {
    "name": NAME,
    "edition": "1",
    "role": "coordinator",
    "recall": "since the last visit at which this was asked",
    "languages": ["en"],
    "items": [
        {"number": 1, "code": "EFFORT", "text": "How much of an effort was it to come?", "kind": "choice",
         "options": ["none", "a little", "some", "much"]},
        {"number": 2, "code": "HELP", "text": "Did somebody bring you or help you?", "kind": "yes_no"},
        {"number": 3, "code": "MINUTES", "text": "How long did the way take?", "kind": "whole", "range": [0, 600],
         "unit": "min"},
        {"number": 4, "code": "PAID", "text": "Did you pay for it yourself?", "kind": "yes_no"},
        {"number": 5, "code": "BACK", "text": "Was it paid back?", "kind": "yes_no", "asked_after": 4},
    ],
    "checks": [
        {"code": "TR1", "level": "soft", "expr": "i3 > 300", "text": "More than five hours is a long way. Right?"},
    ],
    "scoring": {"method": "sum", "items": [1, 2]},
    "visits": ["V3", "V19"],
}  # fmt: skip


def publish_own_form(version: ProtocolVersion, *, by: Person, at: datetime) -> None:
    """Begins, writes and publishes the form under a protocol version."""
    draft = actions.begin_form(version, code=CODE, name=NAME, by=by, at=at)
    draft = actions.keep_draft(version, code=CODE, content=CONTENT, seen_version=draft.version, by=by, at=at)
    _publish(draft, reason="The way to the site keeps people from coming", by=by, at=at)


def take_own_form_along(version: ProtocolVersion, *, by: Person, at: datetime) -> None:
    """Publishes the form anew under an amended protocol."""
    draft = actions.take_form_along(version, code=CODE, by=by, at=at)
    _publish(draft, reason="Asked under the amended protocol too", by=by, at=at)


def _publish(draft: Any, *, reason: str, by: Person, at: datetime) -> None:
    actions.publish_form(draft, reason=reason, seen_version=draft.version, password=PASSWORD, by=by, at=at)
