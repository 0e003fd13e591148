"""A digest over all that a simulated trial holds, ids and times of recording left out: the same seed, the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from core.clock import RecordedAtField
from core.identifiers import PublicIdField
from core.models import Person

# Random by intent (ciphertext, keys of messages), or kept by other processes than the simulation.
LEFT_OUT_TABLES = frozenset(
    {
        "core_heartbeat",
        "core_signinattempt",
        "demo_demoload",
        '"vault"."identity"',
        '"keyring"."identity_key"',
    }
)
LEFT_OUT_FIELDS = frozenset(
    {"password", "key", "message_id", "digest", "rating_code", "seed", "record_id", "pk", "source_id"}
)


def digest_of_trial() -> str:
    """Returns the SHA-256 of all regulated rows the actor may see, in an order of their own content."""
    whole, names = hashlib.sha256(), dict(Person.objects.values_list("pk", "username"))
    guarded = [model for model in apps.get_models() if hasattr(model, "guard")]
    for model in sorted(guarded, key=lambda found: found._meta.db_table):
        if model._meta.db_table in LEFT_OUT_TABLES:
            continue
        rows = sorted(_content(row, names) for row in model._default_manager.all().iterator())
        whole.update(f"{model._meta.db_table} {len(rows)}\n".encode())
        for row in rows:
            whole.update(row.encode())
    return whole.hexdigest()


def _content(row: models.Model, names: Mapping[int, str]) -> str:
    values = {field.name: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields if _counts(field)}
    values |= {
        field.name: names[getattr(row, field.attname)]
        for field in row._meta.concrete_fields
        if field.related_model is Person and getattr(row, field.attname) is not None
    }
    return json.dumps(values, sort_keys=True, default=str)


def _counts(field: Any) -> bool:
    if field.primary_key or field.is_relation or field.name in LEFT_OUT_FIELDS:
        return False
    return not isinstance(field, PublicIdField | RecordedAtField | models.UUIDField | models.BinaryField)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return ""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        # The number of a fact's row stands beside a criterion's evidence: an id like any other.
        return {key: _plain(part) for key, part in value.items() if key != "fact"}
    return value
