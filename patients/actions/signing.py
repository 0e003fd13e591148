"""A consent read and signed on a tablet: handed over, read part by part, signed, and countersigned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.models import Membership, Person, SignatureMeaning
from core.roles import Role
from core.signatures import sign_authenticated
from patients import queries
from patients.actions.consent import (
    Given,
    check_form,
    check_obtains_consent,
    check_options,
    locked,
    record_contact_consent,
    write_consent,
)
from patients.models import Consent, ConsentSigning, ConsentStep, Participant, SigningState
from patients.sealing import Strokes, TypedSignature, plain_name, seal_signature, signature_is_there
from protocol.consent_form import ANSWERED, CHOSE, DISCUSSED, READ, ConsentDocument, Place, place_after
from trials.queries import document_of

if TYPE_CHECKING:
    from trials.models import ConsentForm

EMAIL = "email"


@dataclass(frozen=True)
class WitnessCredential:
    """An impartial witness and the witness's own password."""

    username: str
    password: str


def start_signing(
    participant: Participant, *, form: "ConsentForm", reads_alone: bool, by: Person, at: datetime
) -> ConsentSigning:
    """Begins a signing of the form in force; one that is under way for the same form is answered instead.

    The form's language becomes the participant's. Raises Refused when the person has no duty that obtains consent, the
    form is not the one in force or is signed already, or another form's signing is under way.
    """
    check_obtains_consent(participant, form, by=by, at=at)
    with contribution(by=by, reason=f"Signing of consent form {form.version} begun"):
        locked(participant)
        known = queries.open_signing(participant)
        if known is not None and known.form_id == form.pk:
            return known
        if known is not None:
            raise Refused(f"The signing of version {known.form.version} is under way. Finish or stop it first.")
        if participant.language != form.language:
            participant.language = form.language
            participant.save(update_fields=["language"])
        check_form(participant, form, signed_at=at, at=at)
        return ConsentSigning.objects.create(
            participant=participant, site=participant.site, form=form, reads_alone=reads_alone, recorded_by=by
        )


def read_section(signing: ConsentSigning, *, section: str, by: Person, at: datetime) -> Place:
    """Records that the section that comes next was read; returns what comes then. Read again it writes nothing."""
    signing, document, place = _reading(signing)
    if section not in {each.code for each in document.sections}:
        raise Refused("The form has no such part.")
    if place.kind == "section" and place.code == section:
        return _keep(signing, READ, section, {}, by=by, at=at)
    if _is_read(signing, section):
        return place
    raise Refused("Read every part in its order.")


def answer_question(signing: ConsentSigning, *, question: str, answer: str, by: Person, at: datetime) -> Place:
    """Records an answer to the question that comes next; a wrong one leads back to the section.

    Raises Refused when another question, or none, is next, or the answer is none of its choices.
    """
    signing, document, place = _reading(signing)
    if place.kind != "question" or place.code != question:
        raise Refused("Another part comes first.")
    asked = document.question(question)
    if answer not in asked.choices:
        raise Refused(document.words["choose"], field="answer")
    after = _keep(signing, ANSWERED, question, {"answer": answer, "right": answer == asked.answer}, by=by, at=at)
    if after.kind == "ended":
        with contribution(by=by, reason="Questions were not answered as the form asks"):
            signing.end()
            signing.save(update_fields=["state"])
    return after


def record_discussion(signing: ConsentSigning, *, question: str, password: str, by: Person, at: datetime) -> Place:
    """Records that a part was talked over after wrong answers; its question is asked again.

    Raises WrongPassword, and Refused when no talk is waited for or the person has no duty that obtains consent.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was recorded.", field="password")
    check_obtains_consent(signing.participant, signing.form, by=by, at=at)
    signing, _, place = _reading(signing)
    if place.kind != "talk" or place.code != question:
        raise Refused("No talk about this question is waited for.")
    return _keep(signing, DISCUSSED, question, {"by": by.display_name}, by=by, at=at)


def choose_options(signing: ConsentSigning, *, options: Mapping[str, bool], by: Person, at: datetime) -> Place:
    """Records the answer to each option and to being written to; they may be chosen anew until the signature.

    Raises Refused while a part is unread or a question unanswered, and for an option that is unanswered or refused
    though it is needed.
    """
    signing, document, place = _reading(signing)
    if place.kind not in ("options", "sign"):
        raise Refused("Read every part and answer every question first.")
    if EMAIL not in options:
        raise Refused(document.words["choose"], field=EMAIL)
    check_options(signing.form, options)
    return _keep(signing, CHOSE, "", {"options": dict(options)}, by=by, at=at)


def sign_as_participant(
    signing: ConsentSigning, *, name: str, strokes: Strokes, typed: bool, by: Person, at: datetime
) -> ConsentSigning:
    """Keeps the participant's name and signature in the vault; `typed` says that the name stands for the signature.

    Raises Refused when something comes first, the name is no first and last name, or nothing stands for a signature.
    `by` is the person who handed the tablet over.
    """
    signing, document, place = _reading(signing)
    if place.kind != "sign":
        raise Refused("Read every part, answer every question and choose each option first.")
    signature = TypedSignature(plain_name(name), strokes)
    if len(signature.name.split(" ")) < 2 or len(signature.name) > 120:
        raise Refused(document.words["write_name"], field="name")
    if not signature_is_there(signature, typed=typed):
        raise Refused(document.words["sign_missing"], field="typed")
    with contribution(by=by, reason="Signed by the participant"):
        signing.seal = seal_signature(signing.participant, signature, by=by)
        signing.signed_at = at
        signing.sign()
        signing.save(update_fields=["seal", "signed_at", "state"])
    return signing


def complete_signing(
    signing: ConsentSigning,
    *,
    password: str,
    shown_digest: str,
    by: Person,
    at: datetime,
    witness: WitnessCredential | None = None,
) -> Consent:
    """Makes a consent of what the participant signed; who discussed it signs, and a witness where one is needed.

    `shown_digest` is that of the steps that were shown. Raises WrongPassword, and Refused when the participant has not
    signed, the form was replaced meanwhile, a needed witness is missing or no impartial one, or the person has no duty
    that obtains consent.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was signed.", field="password")
    signing = _locked(signing)
    participant = signing.participant
    check_obtains_consent(participant, signing.form, by=by, at=at)
    if signing.state != SigningState.SIGNED or signing.signed_at is None or signing.seal is None:
        raise Refused("The participant has not signed, or the consent is recorded already.")
    steps = queries.steps_of(signing)
    if queries.digest_of_steps(steps) != shown_digest:
        raise Refused("The signing changed while you were reading it. Read it again, then sign.")
    attests = None if signing.reads_alone else _witness(witness, at=at)
    answers = {code: given for code, given in _chosen(steps).items() if code != EMAIL}
    with contribution(by=by, reason=f"Consent to version {signing.form.version} given on the tablet"):
        locked(participant)
        check_form(participant, signing.form, signed_at=signing.signed_at, at=at)
        check_options(signing.form, answers)
        given = Given(
            signing.form, signing.signed_at, answers, signing.seal, signing=signing, steps_digest=shown_digest,
            witness=attests,
        )  # fmt: skip
        consent = write_consent(participant, given, by=by, at=at)
        signing.complete()
        signing.save(update_fields=["state"])
        record_contact_consent(participant, channel="email", given=_chosen(steps)[EMAIL], by=by, at=at)
        if attests is not None:
            sign_authenticated(consent, by=attests, meaning=SignatureMeaning.WITNESS, at=at)
    return consent


def abandon_signing(signing: ConsentSigning, *, reason: str, by: Person, at: datetime) -> ConsentSigning:
    """Stops a signing of which no consent comes, for a reason; what was done stays on record."""
    if not reason.strip():
        raise Refused("Say why the signing is stopped.", field="reason")
    signing = _locked(signing)
    if signing.state not in (SigningState.READING, SigningState.SIGNED):
        raise Refused("This signing is over already.")
    with contribution(by=by, reason=reason.strip()):
        signing.abandon()
        signing.save(update_fields=["state"])
    return signing


def _locked(signing: ConsentSigning) -> ConsentSigning:
    found = ConsentSigning.objects.select_for_update(of=("self",)).select_related(
        "participant__site",
        "participant__protocol_version",
        "form__protocol_version",
        "form__site",
        "seal",
    )
    return found.get(pk=signing.pk)


def _reading(signing: ConsentSigning) -> tuple[ConsentSigning, ConsentDocument, Place]:
    """Returns the signing under a row lock, its document, and what comes next in it."""
    signing = _locked(signing)
    if signing.state != SigningState.READING:
        raise Refused("This form is not open any more. Hand the tablet back.")
    document = document_of(signing.form)
    return signing, document, place_after(document, [step.as_step for step in queries.steps_of(signing)])


def _keep(signing: ConsentSigning, kind: str, code: str, content: dict[str, Any], *, by: Person, at: datetime) -> Place:
    with contribution(by=by, reason=f"Consent form: {kind} {code}".strip()):
        ConsentStep.objects.create(
            signing=signing, site=signing.site, kind=kind, code=code, content=content, observed_at=at, recorded_by=by
        )
    return place_after(document_of(signing.form), [step.as_step for step in queries.steps_of(signing)])


def _is_read(signing: ConsentSigning, section: str) -> bool:
    return signing.steps.filter(kind=READ, code=section).exists()


def _chosen(steps: list[ConsentStep]) -> dict[str, bool]:
    chosen: dict[str, bool] = next(step.content["options"] for step in reversed(steps) if step.kind == CHOSE)
    return chosen


def _witness(credential: WitnessCredential | None, *, at: datetime) -> Person:
    if credential is None or not credential.username.strip():
        raise Refused("The participant cannot read the form alone: an impartial witness signs too.", field="witness")
    person = Person.objects.filter(username=credential.username.strip(), is_active=True, is_system=False).first()
    if person is None or not person.check_password(credential.password):
        raise WrongPassword(
            "The witness's user name or password is not right. Nothing was signed.", field="witness_password"
        )
    roles = set(Membership.objects.valid_at(at).filter(person=person).values_list("role", flat=True))
    if roles != {Role.IMPARTIAL_WITNESS}:
        raise Refused(
            f"{person.display_name} works in the trial. A witness is impartial: an account with that role signs.",
            field="witness",
        )
    return person
