"""Who a participant is: encrypted under a key of each participant, apart from the data, each reading logged."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import date

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from core.audit import log_access
from core.errors import Refused
from patients.models import Identity, Participant


@dataclass(frozen=True)
class IdentityDetails:
    """Name, birth date and contacts; they stand nowhere but in the vault."""

    name: str
    born_on: date
    email: str = ""
    phone: str = ""

    @property
    def first_name(self) -> str:
        """Returns the first name, the only part that a message may carry."""
        return self.name.split(" ")[0]


def keep_identity(participant: Participant, details: IdentityDetails) -> Identity:
    """Encrypts and stores an identity; the caller supplies actor and reason."""
    payload = asdict(details) | {"born_on": details.born_on.isoformat()}
    ciphertext = _cipher(participant).encrypt(json.dumps(payload).encode())
    return Identity.objects.create(
        participant=participant, site_id=participant.site_id, ciphertext=ciphertext, fingerprint=fingerprint(details)
    )


def read_identity(participant: Participant, *, purpose: str) -> IdentityDetails:
    """Returns the identity and logs that it was read, and what for.

    Raises Refused when there is none, or when it was written under another key.
    """
    identity = Identity.objects.filter(participant=participant).first()
    if identity is None:
        raise Refused("No identity is kept for this participant.")
    log_access("identity", f"{participant.public_id}: {purpose}")
    try:
        values = json.loads(_cipher(participant).decrypt(bytes(identity.ciphertext)))
    except InvalidToken as error:
        raise Refused("The identity cannot be read: it was written under another key.") from error
    return IdentityDetails(**{**values, "born_on": date.fromisoformat(values["born_on"])})


def code_of_same_person(site_id: int, details: IdentityDetails) -> str | None:
    """Returns the screening number under which the same name and birth date is kept at a site; nothing is decrypted."""
    found = Identity.objects.filter(site_id=site_id, fingerprint=fingerprint(details)).order_by("-id")
    return found.values_list("participant__screening_number", flat=True).first()


def fingerprint(details: IdentityDetails) -> str:
    """Returns a keyed digest of name and birth date, to find the same person without showing anyone."""
    text = f"{' '.join(details.name.lower().split())}|{details.born_on.isoformat()}"
    return hmac.new(settings.IDENTITY_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _cipher(participant: Participant) -> Fernet:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=participant.public_id.encode())
    return Fernet(urlsafe_b64encode(derivation.derive(settings.IDENTITY_KEY.encode())))
