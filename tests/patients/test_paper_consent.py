"""A consent on paper: its scan is what it says it is, is sealed, and each opening of it is logged."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfWriter

from core.errors import Refused, WrongPassword
from patients import actions
from patients.identity import identity_of, identity_views
from patients.models import Consent, ConsentSeal
from patients.sealing import read_content, scan_of
from tests.cast import AT, PASSWORD
from tests.stages import OPTIONS, PAPER, add_newcomer
from trials.queries import consent_form_in_force

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 200 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200 + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def pdf_of(pages, *, password=""):
    """Returns a PDF of so many empty pages."""
    writer, written = PdfWriter(), BytesIO()
    for _ in range(pages):
        writer.add_blank_page(width=200, height=200)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    writer.write(written)
    return written.getvalue()


@pytest.fixture
def newcomer(world, site_a, ben):
    """Somebody who has not consented yet."""
    return add_newcomer(site_a, by=ben)


def record(participant, *, by, **changed):
    """Records a paper consent as the page would."""
    form = consent_form_in_force(participant.site, on=AT.date())
    values = {"form": form, "signed_at": AT, "options": OPTIONS, "paper": PAPER, "password": PASSWORD} | changed
    return actions.record_consent(participant, **values, by=by, at=AT)


@pytest.mark.parametrize(
    ("content", "kind", "pages"),
    [(pdf_of(3), "application/pdf", 3), (JPEG, "image/jpeg", 1), (PNG, "image/png", 1)],
    ids=["PDF", "JPEG", "PNG"],
)
def test_type_and_pages_are_read_from_the_file_itself(content, kind, pages):
    scan = scan_of(content)

    assert (scan.media_type, scan.pages) == (kind, pages)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>signed</html>", "no PDF, JPEG or PNG"),
        (b"", "no PDF, JPEG or PNG"),
        (b"%PDF-1.7 broken", "cannot be read"),
        (pdf_of(0), "no page"),
        (pdf_of(1, password="secret"), "locked by a password"),
        (JPEG[:100], "cut off"),
        (PNG[:100], "cut off"),
        (b"%PDF-" + b"0" * 10_000_000, "larger than 10 MB"),
    ],
    ids=["HTML", "empty", "broken PDF", "PDF without a page", "locked PDF", "cut JPEG", "cut PNG", "too large"],
)
def test_what_is_no_scan_is_refused_and_nothing_is_written(newcomer, ben, content, words):
    with pytest.raises(Refused, match=words):
        record(newcomer, by=ben, paper=content)

    assert not Consent.objects.exists() and not ConsentSeal.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"password": "wrong"}, WrongPassword, "not right"),
        ({"signed_at": AT + timedelta(days=1)}, Refused, "in the future"),
        ({"options": {**OPTIONS, "recording": False}}, Refused, "cannot take part"),
        ({"options": {"recording": True}}, Refused, "Ask this option separately"),
    ],
    ids=["wrong password", "future", "a needed option refused", "an option missing"],
)
def test_what_is_refused_writes_nothing(newcomer, ben, changed, error, words):
    with pytest.raises(error, match=words):
        record(newcomer, by=ben, **changed)

    assert not Consent.objects.exists() and not ConsentSeal.objects.exists()


def test_the_scan_is_sealed_and_opens_byte_by_byte(newcomer, ben):
    consent = record(newcomer, by=ben, paper=pdf_of(2))

    assert (consent.seal.pages, consent.seal.size) == (2, len(pdf_of(2)))
    assert b"%PDF" not in bytes(consent.seal.ciphertext)
    assert read_content(consent.seal, purpose="test") == pdf_of(2)


def test_recorded_by_page_and_each_download_logged(newcomer, ada, ben, client_for):
    client = client_for(ben)
    sent = {f"option_{code}": str(yes).lower() for code, yes in OPTIONS.items()} | {
        "signed_at": "2026-01-05T08:30", "contact_by_email": "true", "password": PASSWORD,
        "paper": SimpleUploadedFile("anything.txt", PAPER),
    }  # fmt: skip

    answer = client.post(reverse("patients:consent-paper", args=[newcomer.public_id]), sent)
    consent = Consent.objects.get()
    scan = client_for(ada).get(reverse("patients:consent-scan", args=[consent.public_id]))

    assert answer.status_code == 302 and scan.content == PAPER
    assert scan["Content-Disposition"] == 'attachment; filename="S01-001-consent-1.0-en-scan.pdf"'
    views = [(view.person, view.purpose) for view in identity_views(of=identity_of(newcomer), most=1)]
    assert views == [("Ada Voss", "scan of the consent")]


def test_a_wrong_password_on_the_page_keeps_what_was_typed(newcomer, ben, client_for):
    sent = {f"option_{code}": "true" for code in OPTIONS} | {
        "signed_at": "2026-01-05T08:30", "contact_by_email": "true", "password": "wrong",
        "paper": SimpleUploadedFile("scan.pdf", PAPER),
    }  # fmt: skip

    page = client_for(ben).post(reverse("patients:consent-paper", args=[newcomer.public_id]), sent)

    assert page.status_code == 422 and "The password is not right" in page.content.decode()
    assert "2026-01-05T08:30" in page.content.decode()
