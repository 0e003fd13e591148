"""Whether visits, anchors, windows and the schedule of assessments agree."""

from collections.abc import Mapping
from typing import Any

from protocol.coherence.names import at, rows, table, texts
from protocol.document import Path
from protocol.shapes import Watch

PLACED = ("anchor", "offset", "before", "after")
Visits = Mapping[str, tuple[Path, dict[Any, Any]]]


def check_visits(values: Any, watch: Watch) -> None:
    """Keeps a fault for every visit that cannot be planned, and for every disagreement with the schedule."""
    visits: Visits = {row["code"]: (path, row) for path, row in rows(values, ("visits",)) if _text(row, "code")}
    for path, row in visits.values():
        _check_placed(path, row, watch)
        _check_dosing_session(path, row, watch)
    _check_anchor_cycles(visits, watch)
    _check_predecessors(visits, watch)
    _check_marks(visits, values, watch)
    _check_order(values, watch)
    _check_schedule(visits, values, watch)
    _check_contacts(visits, values, watch)
    _check_guesses(values, watch)


def _check_placed(path: Path, row: dict[Any, Any], watch: Watch) -> None:
    unscheduled = row.get("type") == "unscheduled"
    for name in PLACED:
        if unscheduled and row.get(name) is not None:
            watch.fault((*path, name), f"{row['code']} is unscheduled and cannot have “{name}”.")
        if not unscheduled and row.get(name) is None:
            watch.fault(path, f"{row['code']} cannot be planned without “{name}”.")
    if row.get("window_unit") == "hours" and row.get("anchor_event") is None:
        watch.fault(path, f"{row['code']} counts hours and must name the “anchor_event” they count from.")


def _check_dosing_session(path: Path, row: dict[Any, Any], watch: Watch) -> None:
    if (row.get("type") == "dosing") != (row.get("dosing_session") is not None):
        watch.fault(path, f"{row['code']}: a dosing visit, and no other, has the number of its dosing session.")


def _check_anchor_cycles(visits: Visits, watch: Watch) -> None:
    for code, (path, _) in visits.items():
        seen, here = [code], _text(visits[code][1], "anchor")
        while here in visits and here not in seen:
            seen.append(here)
            here = _text(visits[here][1], "anchor")
        if here == code:
            watch.fault((*path, "anchor"), f"The anchors lead in a circle: {' → '.join([*seen, code])}.")


def _check_predecessors(visits: Visits, watch: Watch) -> None:
    for code, (path, row) in visits.items():
        waiting, seen = list(texts(row.get("must_follow"))), set[str]()
        while waiting:
            earlier = waiting.pop()
            if earlier in visits and earlier not in seen:
                seen.add(earlier)
                waiting.extend(texts(visits[earlier][1].get("must_follow")))
        if code in seen:
            watch.fault((*path, "must_follow"), f"{code} would have to follow itself.")
        for earlier in texts(row.get("must_follow")):
            _check_order_is_possible(path, code, earlier, visits, watch)
    for code, (path, _) in visits.items():
        last = _day(code, visits, edge="after")
        if last is not None and last < 0:
            watch.fault(path, f"The window of {code} closes before consent.")


def _check_order_is_possible(path: Path, code: str, earlier: str, visits: Visits, watch: Watch) -> None:
    last, first = _day(code, visits, edge="after"), _day(earlier, visits, edge="before")
    if last is not None and first is not None and last < first:
        place = (*path, "must_follow")
        watch.fault(place, f"{code} must follow {earlier}, but its window closes before that of {earlier} opens.")


def _day(code: str, visits: Visits, *, edge: str) -> int | None:
    """Returns the day after consent on which one edge of a visit's window lies when all goes to plan."""
    margin = visits[code][1].get(edge) if code in visits else 0
    total = (margin if isinstance(margin, int) else 0) * (-1 if edge == "before" else 1)
    seen, here = set[str](), code
    while here in visits and here not in seen:
        seen.add(here)
        row = visits[here][1]
        offset = row.get("offset")
        if not isinstance(offset, int) or row.get("window_unit") == "hours":
            return None
        total += offset
        here = _text(row, "anchor")
    return total if here == "CONSENT" else None


def _check_marks(visits: Visits, values: Any, watch: Watch) -> None:
    marked = {mark: [code for code, (_, row) in visits.items() if row.get(mark) is True] for mark in MARKS}
    for mark, codes in marked.items():
        if len(codes) != 1:
            watch.fault(("visits",), f"Exactly one visit must be marked {mark}, not {len(codes)}.")
    for block in ("primary_endpoint", "key_secondary_endpoint"):
        for mark, key in MARKS.items():
            named = at(values, ("protocol", block, key))
            if marked[mark] and isinstance(named, str) and named in visits and named not in marked[mark]:
                watch.fault(("protocol", block, key), f"{named} is not the visit marked {mark}.")


MARKS = {"is_baseline": "baseline_visit", "is_primary_endpoint": "endpoint_visit"}


def _check_order(values: Any, watch: Watch) -> None:
    for block in ("visits", "epochs"):
        seen: dict[int, Any] = {}
        for path, row in rows(values, (block,)):
            order = row.get("order")
            if not isinstance(order, int):
                continue
            if order in seen:
                watch.fault((*path, "order"), f"{row.get('code')} has the same order as {seen[order]}.")
            seen[order] = row.get("code")


def _check_schedule(visits: Visits, values: Any, watch: Watch) -> None:
    schedule = table(values, ("schedule_of_assessments",))
    for code, (path, row) in visits.items():
        if code not in schedule and row.get("type") != "unscheduled":
            watch.fault(path, f"The schedule of assessments says nothing of {code}.")


def _check_contacts(visits: Visits, values: Any, watch: Watch) -> None:
    contacts = at(values, ("phone_contacts",))
    if not isinstance(contacts, dict):
        return
    days, in_person = contacts.get("days"), contacts.get("in_person_days")
    for day in in_person if isinstance(in_person, list) else []:
        if isinstance(days, list) and day not in days:
            watch.fault(("phone_contacts", "in_person_days"), f"Day {day} is not among the days of contact.")
    pattern = contacts.get("code_pattern")
    if isinstance(pattern, str) and isinstance(days, list):
        _check_contact_codes(visits, pattern, days, watch)


def _check_contact_codes(visits: Visits, pattern: str, days: list[Any], watch: Watch) -> None:
    for code in visits:
        for day in days:
            contact = pattern.replace("{dosing_code}", str(code)).replace("{day}", str(day))
            if contact in visits:
                watch.fault(("phone_contacts", "code_pattern"), f"A contact would be called {contact}, as a visit is.")


def _check_guesses(values: Any, watch: Watch) -> None:
    schedule = table(values, ("schedule_of_assessments",))
    path: Path = ("blinding", "blinding_guess_visits")
    for procedure, codes in table(values, path).items():
        for code in texts(codes):
            if code in schedule and procedure not in texts(schedule[code]):
                watch.fault((*path, procedure), f"{procedure} is not scheduled at {code}.")


def _text(row: dict[Any, Any], name: str) -> str:
    """Returns a text of a row; empty when there is none."""
    value = row.get(name)
    return value if isinstance(value, str) else ""
