"""Whether arms, randomisation, roles and doses agree."""

from decimal import Decimal
from typing import Any

from protocol.coherence.names import at, blocks, rows, table, texts
from protocol.document import Path
from protocol.shapes import Watch

Number = int | Decimal


def check_conduct(values: Any, watch: Watch) -> None:
    """Keeps a fault for every disagreement among arms, roles, overnight stays and doses."""
    _check_arms(values, watch)
    _check_blocks(values, watch)
    _check_minimisation(values, watch)
    _check_roles(values, watch)
    _check_overnight(values, watch)
    _check_sessions(values, watch)


def _check_arms(values: Any, watch: Watch) -> None:
    shares = [row.get("planned_share") for _, row in rows(values, ("arms",))]
    known = [share for share in shares if isinstance(share, int | Decimal)]
    if known and len(known) == len(shares) and sum(known) != 1:
        watch.fault(("arms",), f"The planned shares add up to {sum(known)}, not to 1.")
    ratio = table(values, ("randomisation", "ratio"))
    for code in sorted(watch.names["arm"]):
        if ratio and code not in ratio:
            watch.fault(("randomisation", "ratio"), f"The ratio says nothing of the arm {code}.")


def _check_blocks(values: Any, watch: Watch) -> None:
    path: Path = ("randomisation", "block_size", "values")
    ratio = table(values, ("randomisation", "ratio"))
    whole = sum(int(part) for part in ratio.values() if isinstance(part, int))
    sizes = at(values, path)
    kind = at(values, ("randomisation", "scheme", "kind")) or "permuted_blocks"
    if kind == "permuted_blocks" and ratio and not sizes:
        watch.fault(("randomisation",), "Permuted blocks need their “block_size”.")
    for size in sizes if isinstance(sizes, list) else []:
        if isinstance(size, int) and whole > 0 and size % whole:
            watch.fault(path, f"A block of {size} cannot hold the arms in their ratio.")


def _check_minimisation(values: Any, watch: Watch) -> None:
    path: Path = ("randomisation", "scheme")
    scheme = at(values, path)
    if not isinstance(scheme, dict) or scheme.get("kind") != "minimisation":
        return
    for name in ("probability", "measure", "weights"):
        if scheme.get(name) is None:
            watch.fault(path, f"Minimisation needs its “{name}”.")
    shares = [part for part in table(values, ("randomisation", "ratio")).values() if isinstance(part, int)]
    if len(set(shares)) > 1:
        watch.fault(("randomisation", "ratio"), "Minimisation is for arms of equal share.")
    likely = scheme.get("probability")
    fits = not (shares and _is_number(likely)) or 1 / Decimal(len(shares)) < Decimal(str(likely)) < 1
    if not fits:
        watch.fault((*path, "probability"), f"{likely} does not lie between the share of an arm and 1.")
    factors, weights = texts(at(values, ("randomisation", "stratify_by"))), table(values, (*path, "weights"))
    if not factors:
        watch.fault(("randomisation", "stratify_by"), "Minimisation needs a factor to balance.")
    for name in sorted({*factors} ^ {str(name) for name in weights} if weights else ()):
        watch.fault((*path, "weights"), f"“{name}” must be both a factor and have a weight.")


def _check_roles(values: Any, watch: Watch) -> None:
    parts = {str(path[-1]): texts(row.get("composite")) for path, row in blocks(values, ("roles",))}
    for role in parts:
        waiting, seen = list(parts[role]), set[str]()
        while waiting:
            part = waiting.pop()
            if part not in seen:
                seen.add(part)
                waiting.extend(parts.get(part, ()))
        if role in seen:
            watch.fault(("roles", role), f"The role {role} is made of itself.")


def _check_overnight(values: Any, watch: Watch) -> None:
    stays = [row.get("code") for _, row in rows(values, ("visits",)) if row.get("overnight") is True]
    for code in table(values, ("discharge", "overnight", "leave_after_visit")):
        if code in watch.names["visit"] and code not in stays:
            watch.fault(("discharge", "overnight", "leave_after_visit", code), f"{code} has no overnight stay.")


def _check_sessions(values: Any, watch: Watch) -> None:
    numbers = {str(row.get("code")): row.get("dosing_session") for _, row in rows(values, ("visits",))}
    described = [row.get("visit") for _, row in rows(values, ("dosing", "sessions"))]
    for code, number in numbers.items():
        if number is not None and code not in described:
            watch.fault(("dosing", "sessions"), f"The doses of {code} are not described.")
    for path, row in rows(values, ("dosing", "sessions")):
        visit = str(row.get("visit"))
        if visit in numbers and row.get("session") != numbers[visit]:
            watch.fault(path, f"{visit} is not dosing session {row.get('session')}.")
        _check_amounts(path, row, values, watch)


def _check_amounts(path: Path, row: dict[Any, Any], values: Any, watch: Watch) -> None:
    allowed = _numbers(row.get("initial_allowed"))
    if _is_number(row.get("initial_default")) and row["initial_default"] not in allowed:
        watch.fault((*path, "initial_default"), f"{row['initial_default']} is not among the allowed amounts.")
    supplemental = table(row, ("supplemental",))
    for amount in allowed:
        if amount not in supplemental:
            watch.fault((*path, "supplemental"), f"No supplemental amount belongs to {amount}.")
    for initial, amount in supplemental.items():
        if _is_number(initial) and _is_number(amount):
            _check_amount((*path, "supplemental", initial), initial, amount, values, watch)


def _check_amount(path: Path, initial: Number, amount: Number, values: Any, watch: Watch) -> None:
    fraction = at(values, ("dosing", "supplemental_fraction"))
    if _is_number(fraction) and amount != initial * fraction:
        watch.fault(path, f"{amount} is not {fraction} of {initial}.")
    most = at(values, ("dosing", "total_per_session_mg", "max"))
    if _is_number(most) and initial + amount > most:
        watch.fault(path, f"{initial} and {amount} are more than the {most} allowed in a session.")
    found = _numbers(at(values, ("dosing", "capsule_strengths_mg", "values")))
    strengths = [strength for strength in found if strength > 0]
    for dose in (initial, amount):
        if strengths and all(dose % strength for strength in strengths):
            watch.fault(path, f"{dose} is no whole number of capsules of one strength.")


def _numbers(value: Any) -> list[Number]:
    return [item for item in value if _is_number(item)] if isinstance(value, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
