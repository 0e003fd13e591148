"""Makes and seals the allocation list, by the method that the protocol names."""

import hashlib
import secrets
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign_authenticated
from pharmacy import allocation, queries
from pharmacy.actions.people import check_password
from pharmacy.allocation import ListDraft
from pharmacy.list_file import Expected, read_places
from pharmacy.minimisation import ROW
from pharmacy.models import AllocationList
from pharmacy.permuted_blocks import Slot, permuted_blocks, randomisation_numbers
from trials import queries as trial_queries

if TYPE_CHECKING:
    from protocol.definition import ProtocolDefinition
    from trials.models import ProtocolVersion


def make_allocation_list(
    version: "ProtocolVersion", *, slots_per_stratum: int, by: Person, at: datetime, seed: str = ""
) -> int:
    """Makes a draft of the list by the protocol's method, and returns its id.

    Minimisation has one row of places for everybody, whose arms are open until they are taken. Raises Refused when the
    list is sealed already, when the protocol's numbers do not fit together, and when the list comes as a file.
    """
    definition = trial_queries.definition_of(version)
    scheme, seed = definition.randomisation.scheme, seed or secrets.token_hex(16)
    if scheme.kind == "uploaded_list":
        raise Refused("By this protocol the list comes as a file of the statistician. Upload it.")
    try:
        if scheme.kind == "minimisation":
            draft = _minimised(definition, places=slots_per_stratum, seed=seed)
        else:
            draft = _in_blocks(version, definition, slots_per_stratum=slots_per_stratum, seed=seed)
    except ValueError as error:
        raise Refused(str(error), field="slots_per_stratum") from error
    return allocation.make_list(draft, trial_id=version.trial_id, protocol_version_id=version.pk, by=by, at=at)


def upload_allocation_list(
    version: "ProtocolVersion", *, content: bytes, file_name: str, by: Person, at: datetime
) -> int:
    """Makes a draft of the statistician's own list, and returns its id; the numbers are drawn here and say nothing.

    Raises Refused, with a sentence for each faulty row, and when the protocol names another method.
    """
    definition = trial_queries.definition_of(version)
    if definition.randomisation.scheme.kind != "uploaded_list":
        raise Refused("By this protocol the list is made here and not uploaded.", field="file")
    levels = queries.levels_of(definition, sites=list(version.trial.sites.order_by("code")))
    places = read_places(content, expected=Expected([arm.code for arm in definition.arms], levels))
    seed, position = secrets.token_hex(16), Counter[str]()
    try:
        numbers = randomisation_numbers(len(places), seed=seed)
    except ValueError as error:
        raise Refused(str(error), field="file") from error
    slots = []
    for place, number in zip(places, numbers, strict=True):
        position[place.stratum] += 1
        slots.append(Slot(place.stratum, position[place.stratum], place.block, place.arm, number))
    rules = {"file": file_name[:200], "sha256": hashlib.sha256(content).hexdigest()}
    draft = ListDraft("uploaded_list", slots, seed, dict(definition.randomisation.ratio), rules=rules)
    return allocation.make_list(draft, trial_id=version.trial_id, protocol_version_id=version.pk, by=by, at=at)


def seal_allocation_list(
    list_id: int, *, shown_digest: str, password: str | None, by: Person, at: datetime
) -> AllocationList:
    """Seals a draft for ever, signed by the statistician; without a password the caller has authenticated the person.

    Raises Conflict when the draft is not the one shown, Refused when a list is sealed already.
    """
    check_password(password, by=by, otherwise="The list was not sealed.")
    made = allocation.seal_list(list_id, shown_digest=shown_digest, by=by, at=at)
    sealed = AllocationList.objects.get(pk=made)
    sign_authenticated(sealed, by=by, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return sealed


def _in_blocks(
    version: "ProtocolVersion", definition: "ProtocolDefinition", *, slots_per_stratum: int, seed: str
) -> ListDraft:
    rules = definition.randomisation
    slots = permuted_blocks(
        strata=queries.strata_of(definition, sites=list(version.trial.sites.order_by("code"))),
        ratio=rules.ratio,
        block_sizes=rules.block_sizes,
        slots_per_stratum=slots_per_stratum,
        seed=seed,
    )
    return ListDraft("permuted_blocks", slots, seed, dict(rules.ratio), rules.block_sizes)


def _minimised(definition: "ProtocolDefinition", *, places: int, seed: str) -> ListDraft:
    scheme = definition.randomisation.scheme
    numbers = randomisation_numbers(places, seed=seed)
    slots = [Slot(ROW, position, 1, "", number) for position, number in enumerate(numbers, start=1)]
    rules = {
        "row": ROW,
        "probability": str(scheme.probability),
        "measure": scheme.measure,
        "weights": dict(scheme.weights),
    }
    return ListDraft("minimisation", slots, seed, dict(definition.randomisation.ratio), rules=rules)
