"""Documents: readable again, the same bytes for the same facts, and sealed ones closed without their password."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError

from core.documents import Heading, Rows, SignatureLines, Text, pdf, sealed

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def written(rows: int = 1) -> bytes:
    parts = [
        Heading("Contents"),
        Text("Zoë Kovač <b>\nΑθήνα"),
        Rows(["Kit", "Units"], [[f"K{number}", str(number)] for number in range(rows)], [2, 1]),
        SignatureLines(["Pharmacist"]),
    ]
    return pdf("Stock", parts=parts, printed_by="Phil Aro", at=AT, zone="Europe/Lisbon")


def test_document_says_what_was_written_by_whom_and_on_which_page():
    pages = PdfReader(BytesIO(written(rows=120))).pages

    text = "".join(page.extract_text() for page in pages)
    for words in (
        "Zoë Kovač <b>",
        "Αθήνα",
        "K119",
        "Printed 5 Jan 2026, 09:00 WET by Phil Aro",
        f"Page 2 of {len(pages)}",
    ):
        assert words in text
    assert written() == written()


def test_a_cell_keeps_its_lines_and_a_row_longer_than_a_page_goes_on_at_the_next():
    told = Rows(["Box", "As reported"], [["22", "first medicine\nsecond medicine"], ["B5", "word " * 4000]], [1, 5])
    document = pdf("Case", parts=[told], printed_by="Phil Aro", at=AT, zone="Europe/Lisbon")

    first, *more = [page.extract_text() for page in PdfReader(BytesIO(document)).pages]

    assert "first medicine\nsecond medicine" in first
    assert more and all("word word" in page for page in more)


def test_sealed_document_opens_by_its_password_alone():
    envelope = sealed(written(), password="seven words")

    with pytest.raises(FileNotDecryptedError):
        PdfReader(BytesIO(envelope)).pages[0].extract_text()
    assert b"Kova" not in envelope
    opened = PdfReader(BytesIO(envelope), password="seven words")
    assert "Kovač" in opened.pages[0].extract_text()
