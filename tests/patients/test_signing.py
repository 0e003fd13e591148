"""A consent on the tablet: read in order, understood, chosen, signed by two; refused in words, and nothing written."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.urls import reverse

from core.contributions import contribution, reading_as
from core.errors import Refused, WrongPassword
from core.signatures import content_digest, standing_signatures
from patients import actions, queries
from patients.actions import WitnessCredential
from patients.identity import erase_identity, identity_of
from patients.models import Consent, ConsentSeal, ConsentSigning, ConsentStep, Participant
from patients.papers import consent_document
from patients.sealing import read_signature
from protocol.consent_form import Place
from tests.cast import AT, FORM_FILE, PASSWORD, add_consent_form
from tests.stages import NAME, STROKES, TABLET_OPTIONS, add_newcomer, complete, read_all, signed, started


@pytest.fixture
def newcomer(world, site_a, ben):
    """Somebody who has not consented yet."""
    return add_newcomer(site_a, by=ben)


def counted():
    """Returns how many rows of consent there are."""
    return tuple(model.objects.count() for model in (Consent, ConsentSeal, ConsentSigning, ConsentStep))


def test_from_hand_over_to_a_consent_signed_by_two(newcomer, ben):
    consent = complete(signed(newcomer, by=ben), by=ben)

    participant = Participant.objects.get(pk=newcomer.pk)
    assert participant.status == "screening" and participant.visits.count() > 20
    assert consent.options == {code: yes for code, yes in TABLET_OPTIONS.items() if code != "email"}
    assert queries.may_contact(participant.pk, channel="email")
    assert [signature.meaning for signature in standing_signatures(consent)] == ["consent"]
    assert consent.signing.state == "completed" and queries.consent_obstacle(participant, at=AT) == ""


def test_a_wrong_answer_leads_back_and_is_kept(newcomer, ben):
    signing = started(newcomer, by=ben)
    actions.read_section(signing, section="purpose", by=ben, at=AT)

    place = actions.answer_question(signing, question="Q1", answer="doctor", by=ben, at=AT)

    assert place == Place("section", "purpose", again=True)
    assert [step.content for step in queries.steps_of(signing) if step.kind == "answered"] == [
        {"answer": "doctor", "right": False}
    ]


def test_after_its_tries_a_question_waits_for_a_talk_with_a_password(newcomer, ben):
    signing = started(newcomer, by=ben)
    for _ in range(2):
        actions.read_section(signing, section="purpose", by=ben, at=AT)
        place = actions.answer_question(signing, question="Q1", answer="doctor", by=ben, at=AT)
    before = counted()

    with pytest.raises(Refused, match="comes first"):
        actions.answer_question(signing, question="Q1", answer="chance", by=ben, at=AT)
    with pytest.raises(WrongPassword):
        actions.record_discussion(signing, question="Q1", password="wrong", by=ben, at=AT)

    assert place.kind == "talk" and counted() == before
    after = actions.record_discussion(signing, question="Q1", password=PASSWORD, by=ben, at=AT)
    assert after == Place("section", "purpose", again=True)


def test_a_form_may_end_the_signing_instead(world, site_a, newcomer, ada, ben):
    text = FORM_FILE.read_text().replace('version: "1.0"', 'version: "1.1"', 1)
    text = text.replace("{tries: 2, then: discuss}", "{tries: 1, then: end}")
    add_consent_form(text, site=site_a, version=world.version, by=ada, on=AT.date())
    signing = started(newcomer, by=ben)
    actions.read_section(signing, section="purpose", by=ben, at=AT)

    actions.answer_question(signing, question="Q1", answer="doctor", by=ben, at=AT)

    assert ConsentSigning.objects.get(pk=signing.pk).state == "ended"
    assert started(newcomer, by=ben).pk != signing.pk


REFUSALS = {
    "a part unread": (
        lambda s, by: actions.read_section(s, section="risks", by=by, at=AT), "in its order"),
    "a question before its part": (
        lambda s, by: actions.answer_question(s, question="Q1", answer="chance", by=by, at=AT), "comes first"),
    "options before the end": (
        lambda s, by: actions.choose_options(s, options=TABLET_OPTIONS, by=by, at=AT), "answer every question first"),
    "signature before the end": (
        lambda s, by: actions.sign_as_participant(s, name=NAME, strokes=STROKES, typed=False, by=by, at=AT),
        "choose each option first"),
    "no such part": (
        lambda s, by: actions.read_section(s, section="nothing", by=by, at=AT), "no such part"),
    "countersigned before the participant": (
        lambda s, by: complete(s, by=by), "has not signed"),
    "stopped without a reason": (
        lambda s, by: actions.abandon_signing(s, reason=" ", by=by, at=AT), "Say why"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_comes_too_early_is_refused_and_writes_nothing(newcomer, ben, case):
    act, words = REFUSALS[case]
    signing = started(newcomer, by=ben)
    before = counted()

    with pytest.raises(Refused, match=words):
        act(signing, ben)

    assert counted() == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"touch": None}, "Ask this option separately"),
        ({"email": None}, "Choose one of the answers"),
        ({"recording": False}, "cannot take part"),
    ],
    ids=["an option unanswered", "e-mail unanswered", "a needed one refused"],
)
def test_options_are_whole_or_refused(newcomer, ben, changed, words):
    signing = read_all(started(newcomer, by=ben), by=ben)
    options = {code: yes for code, yes in (TABLET_OPTIONS | changed).items() if yes is not None}
    before = counted()

    with pytest.raises(Refused, match=words):
        actions.choose_options(signing, options=options, by=ben, at=AT)

    assert counted() == before


@pytest.mark.parametrize(
    ("name", "strokes", "typed", "field"),
    [("Nina", STROKES, False, "name"), ("  ", STROKES, True, "name"), (NAME, (), False, "typed"),
     (NAME, (((0.1, 0.1),),), False, "typed")],
    ids=["one name", "no name", "no signature", "a dot"],
)  # fmt: skip
def test_name_and_signature_are_there_or_refused(newcomer, ben, name, strokes, typed, field):
    signing = read_all(started(newcomer, by=ben), by=ben)
    actions.choose_options(signing, options=TABLET_OPTIONS, by=ben, at=AT)
    before = counted()

    with pytest.raises(Refused) as refusal:
        actions.sign_as_participant(signing, name=name, strokes=strokes, typed=typed, by=ben, at=AT)

    assert refusal.value.field == field and counted() == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"password": "wrong"}, "not right"), ({"shown_digest": "0" * 64}, "changed while you were reading")],
    ids=["wrong password", "something else was shown"],
)
def test_countersigning_is_refused_and_writes_nothing(newcomer, ben, changed, words):
    signing = signed(newcomer, by=ben)
    before = counted()

    with pytest.raises(Refused, match=words):
        complete(signing, by=ben, **changed)

    assert counted() == before and Participant.objects.get(pk=newcomer.pk).status == "contacted"


def test_who_has_no_duty_that_obtains_consent_neither_begins_nor_signs(newcomer, ben, tess):
    with pytest.raises(Refused, match="no duty that obtains consent"):
        started(newcomer, by=tess)

    signing = signed(newcomer, by=ben)
    with pytest.raises(Refused, match="no duty that obtains consent"):
        complete(signing, by=tess)


@pytest.mark.parametrize(
    ("credential", "words"),
    [
        (None, "impartial witness signs too"),
        (WitnessCredential("wim", "wrong"), "user name or password is not right"),
        (WitnessCredential("nobody", PASSWORD), "user name or password is not right"),
        (WitnessCredential("ada", PASSWORD), "works in the trial"),
        (WitnessCredential("ben", PASSWORD), "works in the trial"),
    ],
    ids=["none", "wrong password", "unknown", "the investigator", "who discussed it"],
)
def test_who_cannot_read_needs_an_impartial_witness(newcomer, ben, credential, words):
    signing = signed(newcomer, by=ben, alone=False)
    before = counted()

    with pytest.raises(Refused, match=words):
        complete(signing, by=ben, witness=credential)

    assert counted() == before


def test_a_witness_signs_with_the_own_credential(newcomer, ben):
    consent = complete(signed(newcomer, by=ben, alone=False), by=ben, witness=WitnessCredential("wim", PASSWORD))

    signers = {signature.printed_name: signature.meaning for signature in standing_signatures(consent)}
    assert signers == {"Ben Okafor": "consent", "Wim Vega": "witness"} and consent.witness.username == "wim"


def test_a_form_replaced_before_the_countersignature_is_signed_anew(world, site_a, newcomer, ada, ben):
    signing = signed(newcomer, by=ben)
    text = FORM_FILE.read_text().replace('version: "1.0"', 'version: "1.1"', 1)
    add_consent_form(text, site=site_a, version=world.version, by=ada, on=AT.date())

    with pytest.raises(Refused, match=r"in force on that day is version 1\.1"):
        complete(signing, by=ben)


# --- the name ------------------------------------------------------------------------------------------------------
def test_the_name_stands_in_the_vault_alone_and_goes_with_the_identity(newcomer, ada, ben):
    consent = complete(signed(newcomer, by=ben), by=ben)

    assert read_signature(consent.seal, purpose="test").name == NAME
    assert NAME.encode() not in bytes(consent.seal.ciphertext)
    erase_identity(identity_of(newcomer), reason="Asked for", password=PASSWORD, by=ada, at=AT)
    with pytest.raises(Refused, match="erased"):
        read_signature(consent.seal, purpose="test")
    assert queries.standing_consent(newcomer) == consent


def test_a_sealed_copy_is_never_changed(newcomer, ben):
    consent = complete(signed(newcomer, by=ben), by=ben)

    with pytest.raises(DatabaseError), transaction.atomic(), contribution(by=ben, reason="Test"):
        ConsentSeal.objects.filter(pk=consent.seal_id).update(digest="0" * 64)


# --- the document --------------------------------------------------------------------------------------------------
def test_the_same_record_gives_the_same_bytes(newcomer, ben):
    consent = complete(signed(newcomer, by=ben), by=ben)
    again = Consent.objects.get(pk=consent.pk)
    signature = read_signature(consent.seal, purpose="test")

    for shown in (None, signature):
        assert consent_document(consent, signature=shown) == consent_document(again, signature=shown)
    assert content_digest(consent) == content_digest(again)


def text_of(document):
    """Returns the words of a PDF."""
    from io import BytesIO

    from pypdf import PdfReader

    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages).split())


def test_the_document_holds_text_answers_options_and_digests_and_the_name_only_when_asked(newcomer, ben):
    signing = started(newcomer, by=ben)
    actions.read_section(signing, section="purpose", by=ben, at=AT)
    actions.answer_question(signing, question="Q1", answer="doctor", by=ben, at=AT)
    consent = complete(signed(newcomer, by=ben), by=ben)

    coded = text_of(consent_document(consent, signature=None))
    named = text_of(consent_document(consent, signature=read_signature(consent.seal, purpose="test")))

    for words in ("Chance decides. Neither you", "The doctor decides", "not right", "Ben Okafor", "S01-", "WET"):
        assert words in coded, words
    assert consent.form.digest in coded.replace(" ", "") and content_digest(consent) in coded.replace(" ", "")
    assert "Sample" not in coded and NAME in named


# --- twenty at once ------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("own_database")
def test_twenty_posts_at_once_make_one_consent(world):
    ben, site = world.people["ben"], world.sites["A"]
    with reading_as(ben):
        signing = signed(add_newcomer(site, by=ben), by=ben)
        participant = signing.participant
    outcomes = []

    def post():
        try:
            with reading_as(ben):
                outcomes.append(complete(signing, by=ben).pk)
        except Refused as refusal:
            outcomes.append(refusal.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading_as(ben):
        consents = list(Consent.objects.filter(participant=participant))
        assert len(consents) == 1 and participant.visits.filter(code="V1").count() == 1
        assert sum(isinstance(outcome, int) for outcome in outcomes) == 1 and len(outcomes) == 20
        assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {
            "The participant has not signed, or the consent is recorded already."
        }


# --- the page ------------------------------------------------------------------------------------------------------
def hand_over(client, participant, **changed):
    """Hands the tablet over and returns the address of the signing."""
    sent = {"language": "en", "reads_alone": "true"} | changed
    return client.post(reverse("patients:signing-start", args=[participant.public_id]), sent).url


def test_a_handed_over_session_shows_nothing_else_until_the_password_is_given(newcomer, ben, client_for):
    client = client_for(ben)
    place = hand_over(client, newcomer)

    elsewhere = [client.get(address) for address in ("/", "/participants/add/", f"/participants/{newcomer.public_id}/")]
    closing = client.get(reverse("patients:signing-close", args=[newcomer.public_id]))
    written = client.post(reverse("patients:withdrawal", args=[newcomer.public_id]), {"scope": "contact"})
    page = client.get(place)

    assert [answer.url for answer in [*elsewhere, closing, written]] == [place] * 5
    assert page.status_code == 200 and page["Cache-Control"] == "no-store"
    assert "Ben Okafor" in page.content.decode() and 'class="rail"' not in page.content.decode()
    assert not newcomer.withdrawals.exists()
    refused = client.post(f"{place}unlock/", {"password": "wrong"})
    assert refused.status_code == 422 and client.get("/").url == place
    assert client.post(f"{place}unlock/", {"password": PASSWORD}).status_code == 302
    assert client.get("/").status_code == 200


def test_guessing_the_password_ends_the_session(newcomer, ben, client_for):
    client = client_for(ben)
    place = hand_over(client, newcomer)

    answers = [client.post(f"{place}unlock/", {"password": f"guess {number}"}) for number in range(5)]

    assert [answer.status_code for answer in answers] == [422] * 4 + [302]
    assert client.get("/").url.startswith("/accounts/login/")


def test_the_form_cannot_be_filled_in_by_staff_without_handing_over(newcomer, ben, client_for):
    client, other = client_for(ben), client_for(ben)
    place = hand_over(client, newcomer)

    answers = [other.post(f"{place}{verb}/", {"section": "purpose"}) for verb in ("read", "answer", "options", "sign")]

    assert {answer.url for answer in answers} == {reverse("patients:consent", args=[newcomer.public_id])}
    assert not ConsentStep.objects.exists()


def test_the_other_site_meets_no_page_of_a_signing(newcomer, ben, cleo, client_for):
    place = hand_over(client_for(ben), newcomer)
    stranger = client_for(cleo)

    assert stranger.get(place).status_code == 404
    for verb in ("read", "answer", "options", "sign", "discuss", "unlock"):
        assert stranger.post(f"{place}{verb}/", {}).status_code == 404


def test_the_page_speaks_the_language_of_the_form_and_takes_few_statements(
    world, site_a, newcomer, ada, ben, client_for, django_assert_max_num_queries
):
    german = (FORM_FILE.parent / "information_de.yaml").read_text()
    add_consent_form(german, site=site_a, version=world.version, by=ada, on=AT.date())
    client = client_for(ben)
    place = hand_over(client, newcomer, language="de")
    client.get(place)

    # The frame's own statements stand before these: session, person, viewer, clock.
    with django_assert_max_num_queries(16):
        page = client.get(place).content.decode()

    assert '<html lang="de">' in page and "Ich habe diesen Teil gelesen" in page
    client.post(f"{place}read/", {"section": "purpose"})
    refused = client.post(f"{place}answer/", {"question": "Q1"}).content.decode()
    assert "Wählen Sie eine der Antworten" in refused
    assert Participant.objects.get(pk=newcomer.pk).language == "de"


def test_staff_sign_after_the_tablet_came_back(newcomer, ben, client_for):
    client = client_for(ben)
    place = hand_over(client, newcomer)
    signed(newcomer, by=ben)
    address = client.post(f"{place}unlock/", {"password": PASSWORD}).url
    page = client.get(address)
    digest = page.context["form"].initial["shown_digest"]

    refused = client.post(address, {"shown_digest": digest, "password": "wrong"})
    answer = client.post(address, {"shown_digest": digest, "password": PASSWORD}, follow=True)

    assert refused.status_code == 422 and "The password is not right" in refused.content.decode()
    assert "Consent stands" in answer.content.decode() and Consent.objects.filter(participant=newcomer).exists()


def test_a_later_consent_is_not_dated_before_or_after_its_time(newcomer, ben):
    signing = signed(newcomer, by=ben)

    with pytest.raises(Refused, match="in the future"):
        complete(signing, by=ben, at=AT - timedelta(minutes=1))
