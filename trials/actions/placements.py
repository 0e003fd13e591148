"""Where the trial's own forms are asked that the protocol's file does not hold."""

from collections.abc import Sequence
from datetime import datetime

from core.contributions import contribution
from core.errors import Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign
from trials import queries
from trials.models import FormPlacement, ProtocolVersion


def place_form(
    version: ProtocolVersion,
    *,
    code: str,
    name: str,
    role: str,
    visits: Sequence[str],
    reason: str,
    password: str,
    by: Person,
    at: datetime,
) -> FormPlacement:
    """Keeps, under signature, at which visits of a protocol version a form beside it is asked; the latest one holds.

    `visits` are codes of the version's visits, none for a form that is asked when somebody adds it. Raises Refused for
    a code of the file itself, for a visit or a duty that the version does not have, and WrongPassword.
    """
    definition = queries.definition_of(version)
    if code in definition.procedures or code in definition.instruments:
        raise Refused(f"{code} stands in the protocol itself, which says where it is asked.", field="visits")
    unknown = [visit for visit in visits if visit not in definition.visits_by_code]
    if unknown:
        raise Refused(f"The protocol has no visit {unknown[0]}.", field="visits")
    if role not in definition.roles:
        raise Refused("Choose one of the protocol's duties.", field="role")
    with contribution(by=by, reason=reason):
        before = queries.placement_of(version, code)
        placement = FormPlacement.objects.create(
            protocol_version=version,
            code=code,
            number=before.number + 1 if before else 1,
            name=name,
            role=role,
            visits=[visit.code for visit in definition.visits if visit.code in visits],
            reason=reason.strip(),
            placed_at=at,
            recorded_by=by,
        )
        sign(placement, by=by, password=password, meaning=SignatureMeaning.APPROVAL, at=at)
    return placement
