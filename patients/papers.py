"""A consent as a document: the exact form that was read, what was answered and chosen, and who signed when.

It is built from the record alone: the same record gives the same bytes.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from core.documents import Drawn, Heading, Part, Rows, Text, pdf_of_record
from core.models import Signature
from core.signatures import content_digest, signatures_of
from patients import queries
from patients.models import Consent, ConsentStep
from patients.sealing import TypedSignature
from protocol.consent_form import ANSWERED, DISCUSSED, READ, ConsentDocument
from trials.queries import document_of


def consent_document(consent: Consent, *, signature: TypedSignature | None) -> bytes:
    """Returns the consent as PDF, with the name where `signature` is given and with the code alone otherwise."""
    form, document = consent.form, document_of(consent.form)
    steps = queries.steps_of(consent.signing) if consent.signing else []
    digest, number = content_digest(consent), consent.participant.screening_number
    parts: list[Part] = [
        Text(
            f"{number}. {form.site}. Version {form.version}, {document.language_name}."
            f" Protocol version {form.protocol_version.version}."
        ),
        *_text_of(document, consent, steps),
        Heading(document.words["options_title"]),
        Rows(
            ["", ""],
            [
                [document.options[code], document.words["yes" if given else "no"]]
                for code, given in consent.options.items()
            ],
            [5, 1],
        ),
        Heading(document.words["sign_title"]),
        Text(document.statement),
        *_signature_of_participant(consent, document, signature),
        *_signatures_of_staff(consent),
        Heading("Record"),
        Rows(
            ["What", "SHA-256"],
            [
                ["Form as loaded", form.digest],
                ["Name and signature, sealed", consent.seal.digest if consent.seal else "not kept in Vigil"],
                ["Steps on the tablet", consent.steps_digest or "signed on paper"],
                ["This record", digest],
            ],
            [1, 2.6],
        ),
    ]
    foot = f"{number}, consent {form.version} ({form.language}), record {digest[:16]}"
    return pdf_of_record(document.title, parts=parts, foot=foot)


def _text_of(document: ConsentDocument, consent: Consent, steps: list[ConsentStep]) -> list[Part]:
    parts: list[Part] = []
    for number, section in enumerate(document.sections, start=1):
        parts.append(Heading(f"{number}. {section.title}"))
        parts += [Text(paragraph) for paragraph in section.paragraphs]
        read = [step.observed_at for step in steps if (step.kind, step.code) == (READ, section.code)]
        if read:
            parts.append(Text(f"Read: {'; '.join(_moment(moment, consent.zone) for moment in read)}"))
        for question in document.questions:
            if question.section != section.code:
                continue
            rows = [
                _answer_row(document, step, consent.zone)
                for step in steps
                if step.code == question.code and step.kind in (ANSWERED, DISCUSSED)
            ]
            parts.append(Rows([question.text, "", ""], rows or [["Asked on paper", "", ""]], [3, 1.2, 1.6]))
    return parts


def _answer_row(document: ConsentDocument, step: ConsentStep, zone: str) -> list[str]:
    if step.kind == DISCUSSED:
        return [f"Talked over with {step.content['by']}", "", _moment(step.observed_at, zone)]
    given = document.question(step.code).choices[step.content["answer"]]
    return [given, "right" if step.content["right"] else "not right", _moment(step.observed_at, zone)]


def _signature_of_participant(
    consent: Consent, document: ConsentDocument, signature: TypedSignature | None
) -> list[Part]:
    moment = _moment(consent.signed_at, consent.zone)
    if consent.way == "paper":
        pages = consent.seal.pages if consent.seal else None
        kept = f"The signed paper of {pages} {'page' if pages == 1 else 'pages'} is kept sealed." if pages else ""
        return [Text(f"Signed by the participant on paper, {moment}. {kept}")]
    if signature is None:
        name = f"{consent.participant.screening_number} (the name is kept sealed)"
        return [Text(f"Signed by the participant, {moment}: {name}")]
    drawn: list[Part] = [Drawn(signature.strokes)] if signature.strokes else [Text(document.words["typed"])]
    return [Text(f"{signature.name}\nSigned by the participant, {moment}"), *drawn]


def _signatures_of_staff(consent: Consent) -> list[Part]:
    rows = [_signature_row(signature) for signature in signatures_of(consent)]
    return [Rows(["Signed by", "What the signature says", "When"], rows, [1.4, 2.6, 1.6])] if rows else []


def _signature_row(signature: Signature) -> list[str]:
    return [
        f"{signature.printed_name}\n{signature.role}",
        signature.get_meaning_display(),
        _moment(signature.signed_at, signature.zone),
    ]


def _moment(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%-d %b %Y, %H:%M:%S} {local.tzname()} ({zone})"
