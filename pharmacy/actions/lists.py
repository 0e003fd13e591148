"""Makes and seals the allocation list."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import Refused
from core.models import Person, SignatureMeaning
from core.signatures import sign_authenticated
from pharmacy import allocation, queries
from pharmacy.actions.people import check_password
from pharmacy.models import AllocationList
from pharmacy.permuted_blocks import METHOD, permuted_blocks
from trials import queries as trial_queries

if TYPE_CHECKING:
    from trials.models import ProtocolVersion


def make_allocation_list(
    version: "ProtocolVersion", *, slots_per_stratum: int, by: Person, at: datetime, seed: str = ""
) -> int:
    """Makes a draft of the list by the protocol's ratio, block sizes and strata, and returns its id.

    Raises Refused when the list is sealed already or the protocol's numbers do not fit together.
    """
    definition = trial_queries.definition_of(version)
    ratio, sizes = dict(definition.randomisation.ratio), definition.randomisation.block_sizes
    sites = list(version.trial.sites.order_by("code"))
    seed = seed or secrets.token_hex(16)
    try:
        slots = permuted_blocks(
            strata=queries.strata_of(definition, sites=sites),
            ratio=ratio,
            block_sizes=sizes,
            slots_per_stratum=slots_per_stratum,
            seed=seed,
        )
    except ValueError as error:
        raise Refused(str(error), field="slots_per_stratum") from error
    return allocation.make_list(
        slots,
        trial_id=version.trial_id,
        protocol_version_id=version.pk,
        seed=seed,
        ratio=ratio,
        block_sizes=sizes,
        by=by,
        at=at,
    )


def seal_allocation_list(
    list_id: int, *, shown_digest: str, password: str | None, by: Person, at: datetime
) -> AllocationList:
    """Seals a draft for ever, signed by the statistician; without a password the caller has authenticated the person.

    Raises Conflict when the draft is not the one shown, Refused when a list is sealed already.
    """
    check_password(password, by=by, otherwise="The list was not sealed.")
    made = allocation.seal_list(list_id, shown_digest=shown_digest, method=METHOD, by=by, at=at)
    sealed = AllocationList.objects.get(pk=made)
    sign_authenticated(sealed, by=by, meaning=SignatureMeaning.RESPONSIBILITY, at=at)
    return sealed
