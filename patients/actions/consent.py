"""Consent, its separate options, and its withdrawal, which acts at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused, WrongPassword
from core.events import publish
from core.models import Person, SignatureMeaning
from core.signatures import sign_authenticated
from patients import queries
from patients.actions.facts import FactEntry, record_facts
from patients.actions.schedule import create_visits, replan
from patients.actions.visits import CANCELLED, tell_change
from patients.events import ConsentRecorded, ConsentWithdrawn
from patients.identity import read_identity
from patients.models import (
    ACTIVE,
    Consent,
    ConsentSeal,
    ConsentSigning,
    ConsentWithdrawal,
    ContactConsent,
    Participant,
    ParticipantStatus,
    Visit,
    VisitState,
)
from patients.sealing import scan_of, seal_scan
from protocol.eligibility import age_in_years
from reminders.actions import cancel_reminders_of_visits, cancel_reminders_to_participant
from trials.models import ConsentForm
from trials.queries import consent_form_in_force, definition_of

WITHDRAWN = "Consent withdrawn"


@dataclass(frozen=True)
class Given:
    """What the participant gave: when, with which options, sealed how, and from which signing on the tablet."""

    form: ConsentForm
    signed_at: datetime
    options: Mapping[str, bool]
    seal: ConsentSeal
    signing: ConsentSigning | None = None
    steps_digest: str = ""
    witness: Person | None = None


def record_consent(
    participant: Participant,
    *,
    form: ConsentForm,
    signed_at: datetime,
    options: Mapping[str, bool],
    paper: bytes,
    password: str,
    by: Person,
    at: datetime,
) -> Consent:
    """Records a consent that was signed on paper, with its scan, signed by the person who discussed it.

    `options` answers every option of the protocol, one by one. The first consent puts the person under the form's
    protocol version. Raises WrongPassword, and Refused when the person who records has no duty that obtains consent,
    when the form is not the one in force on that day, when an option is not answered or a required one refused, when
    the time lies in the future, and when the file is no scan.
    """
    check_obtains_consent(participant, form, by=by, at=at)
    if not by.check_password(password):
        raise WrongPassword("The password is not right. Nothing was recorded.", field="password")
    check_form(participant, form, signed_at=signed_at, at=at)
    check_options(form, options)
    scan = scan_of(paper)
    with contribution(by=by, reason=f"Consent to version {form.version} recorded from paper"):
        locked(participant)
        _check_once(participant, form)
        seal = seal_scan(participant, scan, by=by)
        return write_consent(participant, Given(form, signed_at, dict(options), seal), by=by, at=at)


def write_consent(participant: Participant, given: Given, *, by: Person, at: datetime) -> Consent:
    """Writes a consent whose conditions were checked, and what the first one brings; signed by who discussed it."""
    form = given.form
    first = participant.status == ParticipantStatus.CONTACTED
    if first:
        participant.begin_screening()
        participant.protocol_version = form.protocol_version
        participant.save(update_fields=["status", "protocol_version"])
    consent = Consent.objects.create(
        participant=participant,
        site=participant.site,
        form=form,
        way="tablet" if given.signing else "paper",
        signed_at=given.signed_at,
        zone=participant.site.zone,
        discussed_by=by,
        witness=given.witness,
        options=dict(given.options),
        signing=given.signing,
        steps_digest=given.steps_digest,
        seal=given.seal,
        recorded_by=by,
    )
    sign_authenticated(consent, by=by, meaning=SignatureMeaning.CONSENT, at=at)
    if first:
        create_visits(participant, consent_on=local_date(given.signed_at, zone=participant.site.zone), by=by)
        _record_age(participant, signed_at=given.signed_at, by=by, at=at)
    elif form.protocol_version_id == participant.protocol_version_id:
        replan(participant, by=by)
    publish(ConsentRecorded(consent.pk, participant.pk))
    return consent


def withdraw_consent(
    participant: Participant, *, scope: str, reason: str, by: Person, at: datetime
) -> ConsentWithdrawal:
    """Records a withdrawal; what it forbids stops in the same transaction, reminders included.

    Raises Refused for an unknown scope, before any consent, and when the same is withdrawn already.
    """
    if scope not in dict(ConsentWithdrawal.SCOPES):
        raise Refused("Choose what is withdrawn.", field="scope")
    with contribution(by=by, reason=f"Consent withdrawn: {reason or 'no reason given'}"):
        locked(participant)
        if not participant.consents.exists():
            raise Refused("There is no consent that could be withdrawn.", field="scope")
        if scope in queries.withdrawn_scopes(participant):
            raise Refused("This is withdrawn already.", field="scope")
        withdrawal = ConsentWithdrawal.objects.create(
            participant=participant, site=participant.site, scope=scope, observed_at=at, reason=reason, recorded_by=by
        )
        _stop(participant, scope=scope, reason=reason, by=by, at=at)
        publish(ConsentWithdrawn(withdrawal.pk, participant.pk))
    return withdrawal


def record_contact_consent(
    participant: Participant, *, channel: str, given: bool, by: Person, at: datetime
) -> ContactConsent:
    """Records whether a channel may be used; a refusal cancels what is waiting.

    The same answer again writes nothing, unless a withdrawal came between.
    """
    latest = queries.latest_contact_answer(participant.pk, channel=channel)
    if latest is not None and latest.given == given == queries.may_contact(participant.pk, channel=channel):
        return latest
    with contribution(by=by, reason="Contact consent recorded"):
        answer = ContactConsent.objects.create(
            participant=participant, site=participant.site, channel=channel, given=given, observed_at=at, recorded_by=by
        )
        if not given:
            cancel_reminders_to_participant(participant.pk, reason="Contact consent refused", by=by)
    return answer


def check_obtains_consent(participant: Participant, form: ConsentForm, *, by: Person, at: datetime) -> None:
    """Raises Refused unless the delegation log gives the person a duty that obtains consent."""
    definition, zone = definition_of(form.protocol_version), participant.site.zone
    if not queries.may_obtain_consent(by, definition, site_id=participant.site_id, at=at, zone=zone):
        names = " or ".join(f"“{definition.roles[duty].name}”" for duty in definition.consenting.discussed_by)
        raise Refused(
            f"The delegation log gives {by.display_name} no duty that obtains consent today"
            f" ({names or 'the protocol names none'})."
        )


def check_form(participant: Participant, form: ConsentForm, *, signed_at: datetime, at: datetime) -> None:
    """Raises Refused unless the form was the one in force on the day of the signature, and not signed yet."""
    if signed_at > at:
        raise Refused("The signature cannot lie in the future.", field="signed_at")
    on = local_date(signed_at, zone=participant.site.zone)
    if on < participant.first_contact_on:
        raise Refused("The signature cannot lie before the first contact.", field="signed_at")
    current = consent_form_in_force(participant.site, on=on, language=participant.language)
    if current is None or form.pk != current.pk:
        name = f"version {current.version}" if current else "none"
        raise Refused(f"The form in force on that day is {name}, not version {form.version}.", field="form")
    if participant.status not in ACTIVE:
        raise Refused(f"{participant.screening_number} is {participant.get_status_display().lower()}.")
    _check_once(participant, form)


def check_options(form: ConsentForm, options: Mapping[str, bool]) -> None:
    """Raises Refused unless every option of the protocol is answered, and none that is needed is refused."""
    for option in definition_of(form.protocol_version).consent_options:
        if option.code not in options:
            raise Refused(f"Ask this option separately: {option.text}.", field=option.code)
        if option.required and not options[option.code]:
            raise Refused(f"Without this the person cannot take part: {option.text}.", field=option.code)


def locked(participant: Participant) -> None:
    """Holds the participant until commit, so that two who consent at once do so one after the other."""
    now = Participant.objects.select_for_update().values("status", "protocol_version_id").get(pk=participant.pk)
    participant.status, participant.protocol_version_id = now["status"], now["protocol_version_id"]


def _check_once(participant: Participant, form: ConsentForm) -> None:
    if Consent.objects.filter(participant=participant, form=form).exists():
        raise Refused(f"Consent to version {form.version} is recorded already.", field="form")


def _record_age(participant: Participant, *, signed_at: datetime, by: Person, at: datetime) -> None:
    details = read_identity(participant, purpose="age at consent")
    if details.born_on is None:
        raise Refused("The birth date is missing.")
    on = local_date(signed_at, zone=participant.site.zone)
    age = age_in_years(born_on=details.born_on, on=on)
    entry = FactEntry("age_years", str(age), "Birth date at consent", signed_at)
    # At the visit that supplies it: there, a value of no visit would not count.
    supplied_by = queries.definition_for(participant).variables["age_years"].procedures
    visit = participant.visits.filter(procedures__code__in=supplied_by).order_by("order").first()
    record_facts(participant, facts=[entry], visit=visit, by=by, at=at)


def _stop(participant: Participant, *, scope: str, reason: str, by: Person, at: datetime) -> None:
    if scope in ("contact", "data", "procedures"):
        cancel_reminders_to_participant(participant.pk, reason=WITHDRAWN, by=by)
    if scope in ("procedures", "data"):
        _cancel_visits(participant, by=by)
        _stop_signing(participant)
        _leave(participant, reason=reason)
    elif scope == "treatment" and participant.status == ParticipantStatus.RANDOMISED:
        participant.discontinue()
        participant.status_reason = reason[:300]
        participant.save(update_fields=["status", "status_reason"])
    elif scope == "treatment" and participant.status in ACTIVE:
        # Before a kit is given there is nothing of the trial left without treatment.
        for visit in _cancel_visits(participant, by=by):
            tell_change(visit, CANCELLED, by=by, at=at)
        _leave(participant, reason=reason)


def _cancel_visits(participant: Participant, *, by: Person) -> list[Visit]:
    """Cancels what is still to come and returns what of it was booked."""
    to_come = Visit.objects.filter(participant=participant, state__in=[VisitState.PLANNED, VisitState.BOOKED])
    ids = list(to_come.values_list("pk", flat=True))
    to_come.update(state=VisitState.CANCELLED, missed_reason=WITHDRAWN)
    # Those to staff about these visits too, and to therapists and raters.
    cancel_reminders_of_visits(ids, reason=WITHDRAWN, by=by)
    booked = Visit.objects.filter(pk__in=ids, booked_at__isnull=False).order_by("booked_at", "id")
    return list(booked.select_related("participant__protocol_version", "site"))


def _stop_signing(participant: Participant) -> None:
    signing = queries.open_signing(participant)
    if signing is not None:
        signing.abandon()
        signing.save(update_fields=["state"])


def _leave(participant: Participant, *, reason: str) -> None:
    if participant.status in ACTIVE:
        participant.withdraw()
        participant.status_reason = reason[:300]
        participant.save(update_fields=["status", "status_reason"])
