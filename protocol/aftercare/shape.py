"""The shape of the block `aftercare`."""

from protocol.shapes import Block, Flag, ListOf, Ref, TableOf, Text, Whole

NAME = Text(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = Text(r"[A-Za-z0-9][A-Za-z0-9_-]*")

ELEMENT = Block({"code": CODE, "text": Text()})
INTEGRATION = Block(
    {},
    {
        "approaches": ListOf(
            Block({"code": NAME, "name": Text(), "elements": ListOf(ELEMENT, unique="code", least=1)}), unique="code"
        ),
        "companions": TableOf(Text(), key=NAME),
        "companion_visits": ListOf(Ref("visit"), unique=""),
        "group_visits": ListOf(Ref("visit"), unique=""),
        "practice_outcomes": TableOf(Text(), key=NAME),
    },
)
HOUR = Whole(low=0, high=24)
COUNT = Whole(low=1)
NATURAL = Whole(low=0)
CALLS = Block(
    {"hours": ListOf(HOUR, size=2), "attempts": COUNT, "missed_at_hour": HOUR},
    {
        "script": ListOf(Text()),
        "wellbeing": Block({"low": NATURAL, "high": COUNT, "at_most": NATURAL, "fall": COUNT}),
    },
)
HARM_ENQUIRY = Block(
    {
        "times": ListOf(
            Block(
                {"code": CODE, "name": Text(), "opens_before_hours": NATURAL, "closes_after_hours": NATURAL},
                {"hours": COUNT, "months": COUNT, "latest_only": Flag(), "outside_pair": Flag()},
            ),
            unique="code",
        ),
        "questions": TableOf(Text(), key=NAME),
    }
)
OWN_PAGES = Block({"acknowledge_within_hours": COUNT}, {"preparation": TableOf(ListOf(Text()), key=NAME)})
AFTERCARE = Block(
    {}, {"integration": INTEGRATION, "calls": CALLS, "harm_enquiry": HARM_ENQUIRY, "own_pages": OWN_PAGES}
)
