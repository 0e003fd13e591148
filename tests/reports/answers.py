"""Acknowledgements as a receiver writes them."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

ID = "2.16.840.1.113883.3.989.2.1.3"


def acknowledgement(
    batch: str, reports: Mapping[str, tuple[str, str]], *, batch_code: str = "AA", batch_words: str = ""
) -> bytes:
    """Returns an answer to a batch; of each report by its number, the code and the receiver's words."""
    answers = "".join(
        f'<MCCI_IN000002UV01><id extension="L-{place}" root="{ID}.19"/>'
        f'<acknowledgement typeCode="{code}"><targetMessage><id extension="{number}" root="{ID}.1"/></targetMessage>'
        f"{_detail(words)}</acknowledgement></MCCI_IN000002UV01>"
        for place, (number, (code, words)) in enumerate(reports.items(), start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><MCCI_IN200101UV01 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0">'
        f'<id extension="ACK-1" root="{ID}.20"/><creationTime value="20260107120000+0000"/>{answers}'
        f'<acknowledgement typeCode="{batch_code}"><targetBatch><id extension="{batch}" root="{ID}.22"/></targetBatch>'
        f"{_detail(batch_words)}</acknowledgement></MCCI_IN200101UV01>"
    ).encode()


def _detail(words: str) -> str:
    return f"<acknowledgementDetail><text>{escape(words)}</text></acknowledgementDetail>" if words else ""
