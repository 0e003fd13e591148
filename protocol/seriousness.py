"""An adverse event as the protocol's rules see it. Severity and seriousness are different things, and stay apart."""

from collections.abc import Collection

from protocol.definition import ProtocolDefinition
from protocol.expressions import Value

DEATH, LIFE_THREATENING, UNEXPECTED = "death", "life_threatening", "unexpected"


def event_values(
    definition: ProtocolDefinition,
    *,
    seriousness: Collection[str],
    causality: str = "",
    sponsor_causality: str = "",
    expectedness: str = "",
) -> dict[str, Value]:
    """Returns the values of an event; what nobody has judged yet is absent, and so unknown.

    `seriousness` are the criteria that were ticked: any one makes the event serious. The sponsor may not downgrade
    the investigator's view of causality: either view is enough for related, and only the investigator's for unrelated.
    """
    values: dict[str, Value] = {
        "serious": bool(seriousness),
        "fatal": DEATH in seriousness,
        "life_threatening": LIFE_THREATENING in seriousness,
    }
    related = definition.adverse_events.related_means
    if causality in related or sponsor_causality in related:
        values["related"] = True
    elif causality:
        values["related"] = False
    if expectedness:
        values["unexpected"] = expectedness == UNEXPECTED
    return values


def unknown_words(
    definition: ProtocolDefinition, *, seriousness: Collection[str], causality: str = ""
) -> tuple[str, ...]:
    """Returns the words that the protocol does not have among its criteria and judgements."""
    policy = definition.adverse_events
    strange = [word for word in seriousness if word not in policy.seriousness]
    return (*strange, causality) if causality and causality not in policy.causality else tuple(strange)
