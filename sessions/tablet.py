"""What the cockpit's scripts are told: addresses, the stream's number, and the limits that they judge by at once."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from protocol.definition import ProtocolDefinition
from protocol.expressions import Value
from sessions import queries
from sessions.models import DosingSession

# How often a tablet without an open line asks, how often one with a line brings its page up to date, and how often it
# looks whether something waits to be sent; after a failure it waits longer, up to a quarter of a minute.
ASK_EVERY_S, RENEW_EVERY_S, SEND_EVERY_S = 20, 60, 5


def tablet_of(session: DosingSession, *, may_record: bool, baselines: Mapping[str, Value] = {}) -> str:
    """Returns it as JSON, for one attribute; `baselines` are left out of what is kept in clear on a tablet."""
    definition = queries.definition_for(session)
    place = [session.public_id]
    told: dict[str, Any] = {
        "session": session.public_id,
        "zone": session.site.zone,
        "page": reverse("sessions:session-detail", args=place),
        "entries": reverse("sessions:entry-stream", args=place),
        "stream": f"{settings.STREAM_URL}{reverse('sessions:session-detail', args=place)}stream/",
        "sequence": getattr(session, "latest_sequence", 0),
        "ask_every_s": ASK_EVERY_S,
        "renew_every_s": RENEW_EVERY_S,
        "send_every_s": SEND_EVERY_S,
        "idle_minutes": settings.IDLE_MINUTES,
        "clock_limit_s": definition.lateness.device_clock_s,
    }
    if not settings.STREAM_URL:
        del told["stream"]
    if may_record:
        told |= {
            "shell": reverse("sessions:session-shell", args=place),
            "worker": reverse("sessions:session-worker"),
            "tablet": reverse("sessions:tablet-know", args=place),
            "open": reverse("sessions:tablet-open", args=place),
            "limits": _limits(definition),
            "baselines": {name: str(value) for name, value in baselines.items()},
        }
    return json.dumps(told)


def _limits(definition: ProtocolDefinition) -> dict[str, Any]:
    """Returns the rules by which the server judges a set, in the order in which it asks them."""
    says = {severity: policy.instruction for severity, policy in definition.alert_policy.items()}
    rules = (("act", definition.emergency_when), ("watch", definition.intensify_when))
    return {
        "signs": queries.SIGNS | {"chest_pain": "chest_pain"},
        "rules": [
            {"severity": severity, "tree": rule.expression.portable, "says": says.get(severity, rule.text)}
            for severity, rule in rules
        ],
    }
