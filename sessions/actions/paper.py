"""The scan of a sheet that was written by hand while nothing worked; entries typed from it point to it."""

import hashlib

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from sessions.models import DosingSession, PaperSheet

LARGEST = 10 * 1024 * 1024
# What a file begins with says what it is; its name and what the browser says do not.
KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def keep_sheet(session: DosingSession, *, file_name: str, content: bytes, written_by: Person, by: Person) -> PaperSheet:
    """Keeps a scan; the same file again answers the one that is there.

    Raises Refused for anything but a PDF or a picture, and for a file that is empty or too large.
    """
    if not content:
        raise Refused("The file is empty.", field="scan")
    if len(content) > LARGEST:
        raise Refused(
            f"The file is larger than {LARGEST // 1024 // 1024} MB. Scan it with a lower resolution.", field="scan"
        )
    media_type = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    if not media_type:
        raise Refused("Only a PDF, PNG or JPEG can be kept.", field="scan")
    digest = hashlib.sha256(content).hexdigest()
    known = PaperSheet.objects.filter(session=session, digest=digest).first()
    if known is not None:
        return known
    with contribution(by=by, reason="Sheet kept"):
        return PaperSheet.objects.create(
            session=session, site_id=session.site_id, file_name=file_name[:120], media_type=media_type, digest=digest,
            content=content, written_by=written_by, recorded_by=by,
        )  # fmt: skip
