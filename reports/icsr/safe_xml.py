"""Reads XML that somebody else wrote: no document type, so no entity that grows or that reaches for a file."""

from xml.etree import ElementTree as ET
from xml.parsers import expat

LARGEST = 5_000_000


class UnreadableXml(ValueError):
    """The text is no XML that may be read; the message says why, in a sentence."""


def parse(content: bytes) -> ET.Element:
    """Returns the root of an XML document; raises UnreadableXml, with the line, for one that may not be read."""
    if len(content) > LARGEST:
        raise UnreadableXml("The file is larger than 5 MB. No single report or acknowledgement is.")
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse_document_type
    try:
        # The guard sees a document type before anything that it declares is made larger.
        guard.Parse(content, True)
        return ET.fromstring(content)
    except (expat.ExpatError, ET.ParseError) as error:
        raise UnreadableXml(f"This is no well-formed XML: {error}.") from error


def _refuse_document_type(*_: object) -> None:
    raise UnreadableXml("The file declares a document type. No report and no acknowledgement does.")
