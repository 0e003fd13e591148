"""Electronic signatures: re-authentication, meaning, printed name, time and zone, digest of the content signed.

A later change of the record marks the signature superseded in the database (core/foundation.py), whichever way the
change comes. Source: 21 CFR 11.50, 11.70, 11.200.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, cast

from django.db import models

from core.contributions import contribution
from core.errors import Conflict, WrongPassword
from core.models import Membership, Person, Signature, SignatureMeaning
from core.roles import Role

CANONICAL_VERSION = 1


class Signable(Protocol):
    """A record that can say what exactly is signed."""

    pk: Any

    @property
    def site_id(self) -> int | None:
        """Returns whose site the record is, or None for a record of the whole trial."""

    def signed_content(self) -> Mapping[str, Any]:
        """Returns every value that the signature covers, by field name."""


def content_digest(record: Signable) -> str:
    """Returns the SHA-256 of the record's signed content in canonical form, as 64 hexadecimal characters."""
    content = {
        "canonical_version": CANONICAL_VERSION,
        "table": cast(models.Model, record)._meta.db_table,
        "id": record.pk,
        "content": record.signed_content(),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_canonical)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sign(
    record: Signable, *, by: Person, password: str, meaning: SignatureMeaning, at: datetime, shown_digest: str = ""
) -> Signature:
    """Signs the record as it stands and returns the signature.

    `shown_digest` is the digest of what the signer saw; if the record has changed since, Conflict is raised and nothing
    is signed. WrongPassword is raised when the password is not the signer's.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was signed.", field="password")
    return sign_authenticated(record, by=by, meaning=meaning, at=at, shown_digest=shown_digest)


def sign_authenticated(
    record: Signable, *, by: Person, meaning: SignatureMeaning, at: datetime, shown_digest: str = ""
) -> Signature:
    """Writes a signature after the signer was authenticated by the caller."""
    digest = content_digest(record)
    if shown_digest and shown_digest != digest:
        raise Conflict("The record changed while you were reading it. Read it again, then sign.")
    table = cast(models.Model, record)._meta.db_table
    with contribution(by=by, reason=f"Signed: {SignatureMeaning(meaning).label}"):
        return Signature.objects.create(
            site_id=record.site_id,
            record_table=table,
            record_id=record.pk,
            signer=by,
            printed_name=by.display_name,
            role=_roles_of(by, at=at),
            meaning=meaning,
            digest=digest,
            canonical_version=CANONICAL_VERSION,
            zone=by.zone,
        )


def signatures_of(record: Signable) -> list[Signature]:
    """Returns every signature of the record, oldest first; superseded ones are history."""
    table = cast(models.Model, record)._meta.db_table
    found = Signature.objects.filter(record_table=table, record_id=record.pk).select_related("signer")
    return list(found.order_by("id"))


def standing_signatures(record: Signable) -> list[Signature]:
    """Returns the signatures that still cover the record as it is now."""
    digest = content_digest(record)
    return [s for s in signatures_of(record) if s.superseded_at is None and s.digest == digest]


def _roles_of(person: Person, *, at: datetime) -> str:
    held = Membership.objects.valid_at(at).filter(person=person).order_by("id").values_list("role", flat=True)
    return ", ".join(dict.fromkeys(str(Role(role).label) for role in held))


def _canonical(value: Any) -> str:
    if isinstance(value, datetime):
        return str(int(value.timestamp() * 1_000_000))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    raise TypeError(f"{type(value).__name__} has no canonical form")
