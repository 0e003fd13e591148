"""What shows the name of who consented: sealed under the identity's key, read for a purpose, each reading logged."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from secrets import token_hex

from django.conf import settings
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from core.errors import Refused
from core.models import Person
from patients.identity import open_sealed, seal_for
from patients.models import ConsentSeal, Participant

Strokes = tuple[tuple[tuple[float, float], ...], ...]
MOST_POINTS = 5000


@dataclass(frozen=True)
class TypedSignature:
    """The name as the participant typed it, and the lines of a drawn signature; none where the name stands for it."""

    name: str
    strokes: Strokes


@dataclass(frozen=True)
class Scan:
    """A paper copy: its type by its own first bytes, its pages as counted here, its digest."""

    content: bytes
    media_type: str
    pages: int

    @property
    def digest(self) -> str:
        """Returns the SHA-256 of the file."""
        return hashlib.sha256(self.content).hexdigest()


EXTENSIONS = {ConsentSeal.PDF: "pdf", ConsentSeal.JPEG: "jpg", ConsentSeal.PNG: "png"}


def seal_signature(participant: Participant, signature: TypedSignature, *, by: Person) -> ConsentSeal:
    """Keeps name and signature in the vault; the caller supplies actor and reason."""
    # The random number keeps names from being tried against the digest.
    values = {"name": signature.name, "strokes": signature.strokes, "random": token_hex(16)}
    content = json.dumps(values, ensure_ascii=False).encode()
    return _keep(participant, content, media_type=ConsentSeal.TYPED, pages=None, by=by)


def seal_scan(participant: Participant, scan: Scan, *, by: Person) -> ConsentSeal:
    """Keeps the scan of the paper in the vault; the caller supplies actor and reason."""
    return _keep(participant, scan.content, media_type=scan.media_type, pages=scan.pages, by=by)


def read_signature(seal: ConsentSeal, *, purpose: str) -> TypedSignature:
    """Returns name and signature, and logs that they were read. Raises Refused once the identity was erased."""
    values = json.loads(read_content(seal, purpose=purpose))
    strokes = tuple(tuple((x, y) for x, y in stroke) for stroke in values["strokes"])
    return TypedSignature(values["name"], strokes)


def read_content(seal: ConsentSeal, *, purpose: str) -> bytes:
    """Returns the sealed content, and logs that it was read. Raises Refused once the identity was erased."""
    content = open_sealed(seal.participant, bytes(seal.ciphertext), purpose=purpose)
    if hashlib.sha256(content).hexdigest() != seal.digest:
        raise Refused("The sealed copy is not the one that was kept. Tell the data manager.")
    return content


def scan_of(content: bytes) -> Scan:
    """Returns a file as a paper copy.

    Raises Refused when it is too large, no PDF, JPEG or PNG by its own bytes, cut off, or locked.
    """
    largest = settings.LARGEST_SCAN_BYTES
    if len(content) > largest:
        raise Refused(f"The file is larger than {largest // 1_000_000} MB. Scan it in black and white.", field="paper")
    if content.startswith(b"%PDF-"):
        return Scan(content, ConsentSeal.PDF, _pages_of(content))
    if content.startswith(b"\xff\xd8\xff"):
        return _image(content, ConsentSeal.JPEG, end=b"\xff\xd9")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _image(content, ConsentSeal.PNG, end=b"IEND\xaeB`\x82")
    raise Refused("This is no PDF, JPEG or PNG, whatever its name says.", field="paper")


def strokes_of(text: str) -> Strokes:
    """Returns a drawn signature, lines of points between 0 and 1, as the page sends it. Raises Refused otherwise."""
    if not text.strip():
        return ()
    try:
        found = json.loads(text)
        strokes = tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in found)
    except (ValueError, TypeError) as error:
        raise Refused("The drawn signature did not arrive whole. Clear the box and sign again.") from error
    points = [value for stroke in strokes for point in stroke for value in point]
    if len(points) > 2 * MOST_POINTS or not all(0 <= value <= 1 for value in points):
        raise Refused("The drawn signature did not arrive whole. Clear the box and sign again.")
    return tuple(stroke for stroke in strokes if stroke)


def plain_name(name: str) -> str:
    """Returns a name without the signs that nobody sees, and with single spaces."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", " ", name).split())


def _keep(participant: Participant, content: bytes, *, media_type: str, pages: int | None, by: Person) -> ConsentSeal:
    return ConsentSeal.objects.create(
        participant=participant,
        site=participant.site,
        media_type=media_type,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        pages=pages,
        ciphertext=seal_for(participant, content),
        recorded_by=by,
    )


def _image(content: bytes, media_type: str, *, end: bytes) -> Scan:
    if end not in content[-64:]:
        raise Refused("The picture is cut off. Scan it again.", field="paper")
    return Scan(content, media_type, 1)


def _pages_of(content: bytes) -> int:
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise Refused("The PDF is locked by a password. Scan it without one.", field="paper")
        pages = len(reader.pages)
    # A damaged file makes the reader stumble in many ways.
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise Refused("The PDF cannot be read. Scan it again.", field="paper") from error
    if pages == 0:
        raise Refused("The PDF has no page.", field="paper")
    return pages


def signature_is_there(signature: TypedSignature, *, typed: bool) -> bool:
    """Returns whether a line was drawn, or the person said that the typed name stands for it."""
    return typed or bool(_drawn(signature.strokes))


def _drawn(strokes: Sequence[Sequence[tuple[float, float]]]) -> bool:
    return sum(len(stroke) for stroke in strokes) >= 2
