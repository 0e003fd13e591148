"""Consent forms of a site: loaded from a file, immutable, and in force only on the investigator's signature."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse

from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.signatures import signatures_of
from tests.cast import AT, FORM_FILE, PASSWORD
from trials import actions
from trials.models import ConsentForm, ConsentFormApproval
from trials.queries import consent_form_in_force, form_languages

TODAY = AT.date()
SECOND = FORM_FILE.read_text().replace('version: "1.0"', 'version: "1.1"', 1)
GERMAN = (FORM_FILE.parent / "information_de.yaml").read_text()


def loaded(world, text=SECOND):
    """Returns a form of site A that is not in force."""
    return actions.load_consent_form(
        text, site=world.sites["A"], protocol_version=world.version, by=world.people["ben"], at=AT
    )


def approve(form, *, by, **changed):
    """Approves a form as the page would."""
    values = {"ethics_reference": "EC 1", "ethics_approved_on": TODAY, "effective_on": TODAY, "password": PASSWORD}
    return actions.approve_consent_form(form, **(values | changed), by=by, at=AT)


def test_a_form_is_in_force_once_the_investigator_has_signed_and_the_day_has_come(world, site_a, ada):
    form = loaded(world)

    before = consent_form_in_force(site_a, on=TODAY)
    approval = approve(form, by=ada, effective_on=TODAY + timedelta(days=3))

    assert before.version == consent_form_in_force(site_a, on=TODAY + timedelta(days=2)).version == "1.0"
    assert consent_form_in_force(site_a, on=TODAY + timedelta(days=3)) == form
    assert [signature.signer for signature in signatures_of(approval)] == [ada]


def test_each_language_has_its_own_form_in_force(world, site_a, ada):
    approve(loaded(world, GERMAN), by=ada)

    assert consent_form_in_force(site_a, on=TODAY, language="de").language == "de"
    assert consent_form_in_force(site_a, on=TODAY).language == "en"
    assert form_languages(site_a, on=TODAY) == {"de": "Deutsch", "en": "English"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ethics_approved_on": TODAY + timedelta(days=1), "effective_on": TODAY + timedelta(days=1)}, "in the future"),
        ({"ethics_approved_on": TODAY, "effective_on": TODAY - timedelta(days=1)}, "before the committee"),
    ],
    ids=["approval of tomorrow", "used before approval"],
)
def test_days_that_do_not_fit_are_refused(world, ada, changed, words):
    with pytest.raises(Refused, match=words):
        approve(loaded(world), by=ada, **changed)

    assert ConsentFormApproval.objects.count() == 2


def test_a_wrong_password_approves_nothing(world, ada):
    with pytest.raises(WrongPassword):
        approve(loaded(world), by=ada, password="wrong")

    assert ConsentFormApproval.objects.count() == 2


def test_a_form_is_approved_once_and_its_text_is_never_changed(world, ada):
    form = loaded(world)
    approve(form, by=ada)

    with pytest.raises(Refused, match="approved already"):
        approve(form, by=ada)
    with pytest.raises(DatabaseError), transaction.atomic(), contribution(by=ada, reason="Test"):
        ConsentForm.objects.filter(pk=form.pk).update(source="other")


def test_the_same_file_is_loaded_once_and_another_text_needs_another_version(world):
    assert loaded(world) == loaded(world)

    with pytest.raises(Refused, match="new version"):
        loaded(world, SECOND.replace("You may feel better.", "You will feel better."))


def test_a_bad_file_comes_back_with_every_fault_and_writes_nothing(world, ben, client_for):
    bad = SECOND.replace("answer: chance", "answer: luck").replace("  clear: Clear the box\n", "")
    sent = {"site": world.sites["A"].pk, "protocol_version": world.version.pk,
            "file": SimpleUploadedFile("form.yaml", bad.encode())}  # fmt: skip

    answer = client_for(ben).post(reverse("trials:consent-form-load"), sent)

    page = answer.content.decode()
    assert answer.status_code == 422 and "2 faults" in page
    assert "questions.0.answer" in page and "“clear” is missing" in page
    assert ConsentForm.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe\x00", "no text"), (b"a" * 600_000, "larger than"), (b"", "empty")],
    ids=["no text", "too large", "empty"],
)
def test_a_file_that_is_no_form_is_refused_in_words(world, ben, client_for, content, words):
    sent = {"site": world.sites["A"].pk, "protocol_version": world.version.pk,
            "file": SimpleUploadedFile("form.yaml", content)}  # fmt: skip

    answer = client_for(ben).post(reverse("trials:consent-form-load"), sent)

    assert answer.status_code == 422 and words in answer.content.decode()


def test_loaded_by_page_and_approved_by_the_investigator_alone(world, ada, ben, client_for):
    sent = {"site": world.sites["A"].pk, "protocol_version": world.version.pk,
            "file": SimpleUploadedFile("form.yaml", SECOND.encode())}  # fmt: skip
    address = client_for(ben).post(reverse("trials:consent-form-load"), sent).url
    form = ConsentForm.objects.get(version="1.1")
    decision = {"ethics_reference": "EC 9", "ethics_approved_on": "2026-01-05", "effective_on": "2026-01-06",
                "password": PASSWORD}  # fmt: skip

    refused = client_for(ben).post(reverse("trials:consent-form-approve", args=[form.public_id]), decision)
    page = client_for(ada).post(reverse("trials:consent-form-approve", args=[form.public_id]), decision, follow=True)

    assert address.endswith(f"{form.public_id}/") and refused.status_code == 404
    assert "EC 9" in page.content.decode() and form.approval.effective_on.isoformat() == "2026-01-06"


def test_the_command_loads_a_form_and_names_every_fault(world, tmp_path):
    good, bad, out = tmp_path / "good.yaml", tmp_path / "bad.yaml", StringIO()
    good.write_text(SECOND)
    bad.write_text(SECOND.replace("then: discuss", "then: shrug"))

    call_command("load_consent_form", good, site="S01", protocol=world.version.version, stdout=out)

    assert ConsentForm.objects.get(version="1.1").digest in out.getvalue()
    with pytest.raises(CommandError, match=r"line \d+, comprehension.then"):
        call_command("load_consent_form", bad, site="S01", protocol=world.version.version)
    with pytest.raises(CommandError, match="no site S99"):
        call_command("load_consent_form", good, site="S99", protocol=world.version.version)
    with pytest.raises(CommandError, match="no file"):
        call_command("load_consent_form", tmp_path / "none.yaml", site="S01", protocol=world.version.version)
