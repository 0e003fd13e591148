"""The key under which the allocation is sealed, and how it reaches the database without standing in a statement.

The database keeps arms, lots and the seed as ciphertext and is lent the key for one transaction at a time. It draws a
pad and answers it; the key is sent mixed with that pad. A statement may be logged or looked at, an answer is neither:
without the pad, which the transaction forgets, what was sent is noise. What a statement has to say of an arm or a lot
is sealed before it is sent. The construction is written a second time in SQL
(`pharmacy/migrations/0007_sealed_columns.py`) and argued in `docs/adr/0023-the-allocation-is-sealed.md`.
"""

import hmac
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import OperationalError

from core.errors import Refused

KEY_BYTES, TAG_BYTES, BLOCK_BYTES = 32, 16, 64
UNSET = (
    "The key of the allocation is not set on this server (VIGIL_ALLOCATION_KEY). Nothing was done."
    " Tell whoever runs Vigil."
)
WRONG = (
    "The key of the allocation is not the one under which it was sealed (VIGIL_ALLOCATION_KEY). Nothing was done."
    " Tell whoever runs Vigil."
)


class KeyAway(Refused, OperationalError):
    """The key is missing or another one. A form shows the sentence; a page that has none answers 503."""


def own_key(setting: str | None = None) -> bytes:
    """Returns the key that the database is lent, derived from the setting. Raises KeyAway when that is empty."""
    secret = settings.ALLOCATION_KEY if setting is None else setting
    if not secret:
        raise KeyAway(UNSET)
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"vigil allocation").derive(secret.encode())


def hand_over(cursor: Any, key: bytes | None = None, *, to: str = "take_key") -> None:
    """Lends the key to the transaction of a cursor. Raises KeyAway without a key; the database refuses a wrong one."""
    key = own_key() if key is None else key
    cursor.execute("SELECT allocation.draw_pad()")
    cursor.execute(f"SELECT allocation.{to}(%s)", [mixed(key, bytes(cursor.fetchone()[0]))])


def put_away(cursor: Any) -> None:
    """Takes the key away from a transaction that goes on."""
    cursor.execute("SELECT set_config('app.allocation_key', '', true)")


def lend_key(apps: Any, schema_editor: Any) -> None:
    """Lends the key to the transaction of a migration; a database that holds no allocation yet needs none.

    Raises RuntimeError, and nothing is changed, when there is something to seal and no key.
    """
    tables = ("list", "kit_content", "lot", "discrepancy_note", "board_report", "regulator_report", "count_figure")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('allocation', 'sealed') AND c.relkind = 'r' AND c.relname = ANY (%s)",
            [list(tables)],
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"SELECT {' OR '.join(f'EXISTS (SELECT 1 FROM {name})' for name in names)}")
        if settings.ALLOCATION_KEY:
            hand_over(cursor)
        elif cursor.fetchone()[0]:
            raise RuntimeError(
                "This database holds allocations that are to be sealed. Set VIGIL_ALLOCATION_KEY for this migration,"
                " as docs/operating.md says. Nothing was changed."
            )


def said(text: str) -> bytes:
    """Returns what a statement may hold of a text: sealed under the key, and another thing each time."""
    salt = secrets.token_bytes(TAG_BYTES)
    return salt + seal(text, place=f"argument {salt.hex()}", width=BLOCK_BYTES, key=own_key())


def seal(text: str, *, place: str, width: int, key: bytes) -> bytes:
    """Returns a text sealed for a place, padded to a multiple of `width` bytes; as `allocation.seal` in the database.

    A synthetic initial value (Rogaway and Shrimpton 2006): the tag over place and text begins the stream.
    """
    encrypting, authenticating = expanded(key)
    body = text.encode() + b"\x80"
    body += bytes(-len(body) % width)
    tag = hmac.digest(authenticating, place.encode() + b"\0" + body, "sha256")[:TAG_BYTES]
    blocks = -(-len(body) // KEY_BYTES)
    stream = b"".join(
        hmac.digest(encrypting, tag + number.to_bytes(4, "big"), "sha256") for number in range(1, blocks + 1)
    )
    return tag + mixed(body, stream[: len(body)])


def mixed(one: bytes, other: bytes) -> bytes:
    """Returns the exclusive or of two strings of the same length."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


def expanded(key: bytes) -> tuple[bytes, bytes]:
    """Returns the key that encrypts and the one that authenticates (HKDF-Expand, RFC 5869, one block each)."""
    purposes = (b"vigil allocation encrypt\x01", b"vigil allocation authenticate\x01")
    encrypting, authenticating = (hmac.digest(key, purpose, "sha256") for purpose in purposes)
    return encrypting, authenticating
