"""Identifiers that leave the house: random, so that neither order nor number says anything."""

import secrets
from typing import Any

from django.db import models

ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def random_code(length: int) -> str:
    """Returns `length` characters that are easy to read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class PublicIdField(models.CharField):
    """An opaque identifier such as `ptc_7k2m…`, made when the row is first saved."""

    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.update(max_length=24, unique=True, editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Returns what a migration must know to build the field again."""
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "unique", "editable"):
            kwargs.pop(fixed, None)
        kwargs["prefix"] = self.prefix
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Returns the identifier, made now if the row has none yet."""
        value = getattr(model_instance, self.attname)
        if not value:
            value = f"{self.prefix}_{random_code(16)}"
            setattr(model_instance, self.attname, value)
        return value
