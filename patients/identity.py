"""Who a person is: encrypted under a key of the person's own, apart from the data, each reading logged, erasable.

The key of each identity is drawn at random and kept wrapped by the master key in a schema of its own. Erasing destroys
the wrapped key: what the audit trail and older copies hold of the ciphertext can then be read by nobody.
"""

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection

from core.audit import log_access
from core.contributions import contribution
from core.errors import Conflict, Refused, WrongPassword
from core.models import Person
from patients.models import Identity, IdentityKey, Lead, Participant
from trials.models import Site

ERASED = "The identity was erased. Nobody can read it any more."


@dataclass(frozen=True)
class IdentityDetails:
    """Name, birth date and contacts; they stand nowhere but in the vault. The birth date of a lead may be unknown."""

    name: str
    born_on: date | None
    email: str = ""
    phone: str = ""

    @property
    def first_name(self) -> str:
        """Returns the first name, the only part that a message may carry."""
        return self.name.split(" ")[0]


@dataclass(frozen=True)
class Match:
    """That a person with the same name and birth date, phone or e-mail is known; never who."""

    kind: str
    code: str = ""

    @property
    def sentence(self) -> str:
        """Returns what may be said; at another site of the trial not even the code."""
        same = {"person": "the same name and birth date", "phone": "the same phone", "email": "the same e-mail"}
        where = f"at this site, as {self.code}" if self.code else "at another site of the trial"
        return f"A person with {same[self.kind]} is known {where}."


@dataclass(frozen=True)
class IdentityView:
    """One reading of an identity: who, when, whose, what for."""

    code: str
    person: str
    purpose: str
    viewed_at: datetime


def keep_identity(whose: Lead | Participant, details: IdentityDetails) -> Identity:
    """Encrypts and stores an identity under a new key; the caller supplies actor and reason."""
    secret = Fernet.generate_key()
    owner = {"lead": whose} if isinstance(whose, Lead) else {"participant": whose}
    identity = Identity.objects.create(site_id=whose.site_id, ciphertext=_seal(details, secret), **owner)
    IdentityKey.objects.create(identity=identity, site_id=whose.site_id, **_key_values(identity, secret, details))
    return identity


def change_identity(identity: Identity, details: IdentityDetails) -> None:
    """Replaces what is known of a person, under the same key; the caller supplies actor and reason."""
    secret = _secret_of(identity)
    identity.ciphertext = _seal(details, secret)
    identity.save(update_fields=["ciphertext"])
    IdentityKey.objects.filter(identity=identity).update(**_key_values(identity, secret, details))


def read_identity(whose: Lead | Participant, *, purpose: str) -> IdentityDetails:
    """Returns the identity and logs that it was read, and what for.

    Raises Refused when there is none, when it was erased, or when it was written under another master key.
    """
    identity = identity_of(whose)
    if identity is None:
        raise Refused("No identity is kept for this person.")
    if identity.erased_at is not None:
        raise Refused(ERASED)
    log_access("identity", f"{identity.public_id}: {purpose}")
    return _open(identity, _secret_of(identity))


def seal_for(participant: Participant, content: bytes) -> bytes:
    """Returns content encrypted under the participant's own key: it goes when the identity is erased."""
    identity = identity_of(participant)
    if identity is None:
        raise Refused("No identity is kept for this person.")
    return Fernet(_secret_of(identity)).encrypt(content)


def open_sealed(participant: Participant, ciphertext: bytes, *, purpose: str) -> bytes:
    """Returns what was sealed for a participant, and logs that it was read, and what for. Raises Refused as reading."""
    identity = identity_of(participant)
    if identity is None:
        raise Refused("No identity is kept for this person.")
    if identity.erased_at is not None:
        raise Refused(ERASED)
    log_access("identity", f"{identity.public_id}: {purpose}")
    try:
        return Fernet(_secret_of(identity)).decrypt(ciphertext)
    except InvalidToken as error:
        raise Conflict("The copy cannot be read: it does not belong to this person.") from error


def state_of(identity: Identity) -> str:
    """Returns what changes whenever the identity changes, and says nothing of it."""
    return hashlib.sha256(bytes(identity.ciphertext or b"")).hexdigest()[:16]


def identity_of(whose: Lead | Participant) -> Identity | None:
    """Returns the row that holds an identity, without reading it."""
    owner = {"lead": whose} if isinstance(whose, Lead) else {"participant": whose}
    return Identity.objects.filter(**owner).select_related("key").first()


def erase_identity(identity: Identity, *, reason: str, password: str, by: Person, at: datetime) -> Identity:
    """Destroys the key and the ciphertext of an identity for good; the coded record stays as it is.

    Raises WrongPassword when the password is not that of the person who erases, and Refused without a reason. Asked
    twice, it erases once.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was erased.", field="password")
    if not reason.strip():
        raise Refused("Say why the identity is erased.", field="reason")
    with contribution(by=by, reason=reason.strip()):
        locked = Identity.objects.select_for_update().get(pk=identity.pk)
        if locked.erased_at is not None:
            return locked
        IdentityKey.objects.filter(identity=locked).update(
            wrapped=None, person_digest="", phone_digest="", email_digest=""
        )
        locked.ciphertext, locked.erased_at, locked.erased_by = None, at, by
        locked.save(update_fields=["ciphertext", "erased_at", "erased_by"])
        log_access("identity", f"{locked.public_id}: erased")
    return locked


def matches_for(site: Site, details: IdentityDetails) -> list[Match]:
    """Returns which parts of an identity are known already, at this site by code, elsewhere without; nothing is read.

    That another site was matched is logged: it says that a person took part there.
    """
    wanted = _digests(settings.IDENTITY_KEY, details)
    found: dict[str, Match] = {}
    for kind, digest in wanted.items():
        if not digest:
            continue
        here = IdentityKey.objects.filter(site=site, **{f"{kind}_digest": digest}).order_by("-id")
        key = here.select_related("identity__lead", "identity__participant").first()
        if key is not None:
            found[kind] = Match(kind, key.identity.code)
    left = {kind: digest for kind, digest in wanted.items() if digest and kind not in found}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind FROM keyring.known_elsewhere(%s, %s, %s, %s)",
            [site.pk, *(left.get(kind, "") for kind in ("person", "phone", "email"))],
        )
        elsewhere = [str(row[0]) for row in cursor.fetchall()]
    if elsewhere:
        log_access("identity match", f"{site.code}: {', '.join(elsewhere)}")
    return [*found.values(), *(Match(kind) for kind in elsewhere)]


def code_of_same_person(site_id: int, details: IdentityDetails) -> str | None:
    """Returns the code under which the same name and birth date is kept at a site; nothing is decrypted."""
    digest = _digests(settings.IDENTITY_KEY, details)["person"]
    if not digest:
        return None
    found = IdentityKey.objects.filter(site_id=site_id, person_digest=digest).order_by("-id")
    key = found.select_related("identity__lead", "identity__participant").first()
    return key.identity.code if key else None


def participants_of_same_person(site_id: int, details: IdentityDetails) -> list[Participant]:
    """Returns the participants of a site who have the same name and birth date; nothing is decrypted."""
    digest = _digests(settings.IDENTITY_KEY, details)["person"]
    found = Participant.objects.filter(site_id=site_id, identity__key__person_digest=digest).select_related("site")
    return list(found) if digest else []


def identity_views(*, of: Identity | None = None, most: int) -> list[IdentityView]:
    """Returns who read identities of the sites that the reader sees, newest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit.identity_views(%s, %s)", [of.public_id if of else None, most])
        return [IdentityView(*row) for row in cursor.fetchall()]


def rewrap(identity: Identity) -> bool:
    """Wraps the key of an identity by the present master key; returns whether there was anything to do.

    The digests depend on the master key too, so the identity is read once, which is logged.
    """
    key = IdentityKey.objects.select_for_update().get(identity=identity)
    if key.wrapped is None or key.master == _label(settings.IDENTITY_KEY):
        return False
    secret = _secret_of(identity)
    log_access("identity", f"{identity.public_id}: key rotation")
    details = _open(identity, secret)
    IdentityKey.objects.filter(pk=key.pk).update(**_key_values(identity, secret, details))
    return True


# --- keys ----------------------------------------------------------------------------------------------------------


def _key_values(identity: Identity, secret: bytes, details: IdentityDetails) -> dict[str, object]:
    digests = {f"{kind}_digest": digest for kind, digest in _digests(settings.IDENTITY_KEY, details).items()}
    wrapped = _wrapper(settings.IDENTITY_KEY, identity.public_id).encrypt(secret)
    return {"wrapped": wrapped, "master": _label(settings.IDENTITY_KEY), **digests}


def _secret_of(identity: Identity) -> bytes:
    key = IdentityKey.objects.get(identity=identity)
    if key.wrapped is None:
        raise Refused(ERASED)
    masters = {_label(master): master for master in (settings.IDENTITY_KEY, settings.PREVIOUS_IDENTITY_KEY) if master}
    try:
        return _wrapper(masters[key.master], identity.public_id).decrypt(bytes(key.wrapped))
    except (KeyError, InvalidToken) as error:
        raise Refused("The identity cannot be read: it was written under another key.") from error


def _seal(details: IdentityDetails, secret: bytes) -> bytes:
    payload = asdict(details) | {"born_on": details.born_on.isoformat() if details.born_on else None}
    return Fernet(secret).encrypt(json.dumps(payload).encode())


def _open(identity: Identity, secret: bytes) -> IdentityDetails:
    if identity.ciphertext is None:
        raise Refused(ERASED)
    try:
        values = json.loads(Fernet(secret).decrypt(bytes(identity.ciphertext)))
    except InvalidToken as error:
        raise Conflict("The identity cannot be read: it does not belong to its key.") from error
    born_on = values["born_on"]
    return IdentityDetails(**{**values, "born_on": date.fromisoformat(born_on) if born_on else None})


def _wrapper(master: str, context: str) -> Fernet:
    # The context binds a wrapped key to its row: copied to another one it opens nothing.
    return Fernet(urlsafe_b64encode(_derived(master, f"wrap {context}")))


def _label(master: str) -> str:
    return _derived(master, "label").hex()[:16]


def _derived(master: str, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(master.encode())


def _digests(master: str, details: IdentityDetails) -> Mapping[str, str]:
    """Returns keyed digests of what tells a person apart, as it is written by anybody; empty for what is unknown."""
    name = " ".join(details.name.casefold().split())
    phone = re.sub(r"\D", "", details.phone).lstrip("0")
    texts = {
        "person": f"{name}|{details.born_on.isoformat()}" if name and details.born_on else "",
        "phone": phone,
        "email": details.email.strip().casefold(),
    }
    secret = _derived(master, "digest")
    return {
        kind: hmac.new(secret, f"{kind}|{text}".encode(), hashlib.sha256).hexdigest() if text else ""
        for kind, text in texts.items()
    }
