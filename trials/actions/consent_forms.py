"""Verbs on consent forms: a file is kept as an immutable version, and the investigator puts it in force."""

import hashlib
from datetime import date, datetime

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.models import Person, SignatureMeaning
from core.signatures import sign_authenticated
from protocol.consent_form import load_form
from trials import queries
from trials.models import ConsentForm, ConsentFormApproval, ProtocolApproval, ProtocolVersion, Site


def load_consent_form(
    text: str, *, site: Site, protocol_version: ProtocolVersion, by: Person, at: datetime
) -> ConsentForm:
    """Keeps a form as an immutable version of its language at a site, not yet in force.

    Raises protocol.document.ProtocolFaults with every fault and its place, and Refused if the version is there with
    other content. Loading the same file again answers the form that is there.
    """
    document = load_form(text, options=queries.definition_of(protocol_version).consent_options)
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = ConsentForm.objects.filter(site=site, version=document.version, language=document.language).first()
    if known is not None and known.digest == digest and known.protocol_version_id == protocol_version.pk:
        return known
    if known is not None:
        raise Refused(
            f"Version {document.version} in {document.language_name} is loaded at {site.code} with other content."
            " Give the new text a new version.",
            field="file",
        )
    with contribution(by=by, reason=f"Consent form {document.version} ({document.language}) loaded"):
        return ConsentForm.objects.create(
            site=site, protocol_version=protocol_version, version=document.version, language=document.language,
            source=text, digest=digest, recorded_by=by,
        )  # fmt: skip


def approve_consent_form(
    form: ConsentForm,
    *,
    ethics_reference: str,
    ethics_approved_on: date,
    effective_on: date,
    password: str,
    by: Person,
    at: datetime,
) -> ConsentFormApproval:
    """Puts a form in force at its site from a day, on the ethics committee's approval, signed by the investigator.

    Raises WrongPassword, and Refused when the days do not fit together, when the form is in force already, or when the
    site does not work under the form's protocol version by that day.
    """
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was approved.", field="password")
    if ethics_approved_on > local_date(at, zone=form.site.zone):
        raise Refused("The committee's approval cannot lie in the future.", field="ethics_approved_on")
    if effective_on < ethics_approved_on:
        raise Refused("A form is not used before the committee approved it.", field="effective_on")
    if ConsentFormApproval.objects.filter(form=form).exists():
        raise Refused("This form is approved already.")
    approved = ProtocolApproval.objects.filter(site=form.site, protocol_version=form.protocol_version)
    if not approved.filter(effective_on__lte=effective_on).exists():
        raise Refused(
            f"{form.site.code} does not work under protocol version {form.protocol_version.version} by that day."
            " Approve the protocol version at the site first.",
            field="effective_on",
        )
    with contribution(by=by, reason=f"Consent form {form.version} ({form.language}) in force from {effective_on}"):
        approval = ConsentFormApproval.objects.create(
            form=form, site=form.site, ethics_reference=ethics_reference.strip(),
            ethics_approved_on=ethics_approved_on, effective_on=effective_on, recorded_by=by,
        )  # fmt: skip
        sign_authenticated(approval, by=by, meaning=SignatureMeaning.APPROVAL, at=at)
    return approval
