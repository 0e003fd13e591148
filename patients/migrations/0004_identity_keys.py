"""Gives every identity that is held a key of its own, drawn at random, instead of one derived from the master key."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import migrations

from core.identifiers import random_code


def give_keys(apps: Any, schema_editor: Any) -> None:
    """Reads each identity by its old key and writes it under a new one; nothing is done where there is none."""
    database = schema_editor.connection.alias
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.maintenance', 'on', true),"
            " set_config('app.reason', 'A key for each identity', true),"
            " set_config('app.actor', (SELECT id::text FROM core_person WHERE username = 'system:setup'), true)"
        )
    keys = apps.get_model("patients", "IdentityKey").objects.using(database)
    for identity in apps.get_model("patients", "Identity").objects.using(database).select_related("participant"):
        plain = _cipher(identity.participant.public_id).decrypt(bytes(identity.ciphertext))
        secret = Fernet.generate_key()
        identity.public_id = f"idn_{random_code(16)}"
        identity.ciphertext = Fernet(secret).encrypt(plain)
        identity.save(using=database)
        keys.create(
            identity=identity,
            site_id=identity.site_id,
            wrapped=_cipher(f"wrap {identity.public_id}").encrypt(secret),
            master=_derived("label").hex()[:16],
            **_digests(json.loads(plain)),
        )


def _cipher(purpose: str) -> Fernet:
    return Fernet(urlsafe_b64encode(_derived(purpose)))


def _derived(purpose: str) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return derivation.derive(settings.IDENTITY_KEY.encode())


def _digests(values: dict[str, str]) -> dict[str, str]:
    texts = {
        "person": f"{' '.join(values['name'].casefold().split())}|{values['born_on']}",
        "phone": "".join(sign for sign in values["phone"] if sign.isdigit()).lstrip("0"),
        "email": values["email"].strip().casefold(),
    }
    secret = _derived("digest")
    return {
        f"{kind}_digest": hmac.new(secret, f"{kind}|{text}".encode(), hashlib.sha256).hexdigest() if text else ""
        for kind, text in texts.items()
    }


class Migration(migrations.Migration):
    """Needs the master key where identities are held already."""

    dependencies = [("patients", "0003_recruitment"), ("core", "0006_audit_history_of_rows")]
    operations = [migrations.RunPython(give_keys, migrations.RunPython.noop)]
