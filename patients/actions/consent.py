"""Consent, its separate options, and its withdrawal, which acts at once."""

from collections.abc import Mapping
from datetime import datetime

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from patients import queries
from patients.actions.facts import FactEntry, record_facts
from patients.actions.schedule import create_visits, replan
from patients.events import ConsentRecorded, ConsentWithdrawn
from patients.identity import read_identity
from patients.models import (
    ACTIVE,
    Consent,
    ConsentWithdrawal,
    ContactConsent,
    Participant,
    ParticipantStatus,
    Visit,
    VisitState,
)
from protocol.eligibility import age_in_years
from reminders.actions import cancel_reminders_to_participant
from trials.models import ConsentForm
from trials.queries import consent_form_in_force, definition_of


def record_consent(
    participant: Participant,
    *,
    form: ConsentForm,
    signed_at: datetime,
    options: Mapping[str, bool],
    by: Person,
    at: datetime,
) -> Consent:
    """Records that the participant consented to a form; the first consent puts the person under its protocol.

    `options` answers every option of the protocol, one by one. Raises Refused when the form is not the one in force on
    that day, when an option is not answered or a required one refused, and when the time lies in the future.
    """
    _check_form(participant, form, signed_at=signed_at, at=at)
    definition = definition_of(form.protocol_version)
    for option in definition.consent_options:
        if option.code not in options:
            raise Refused(f"Ask this option separately: {option.text}.", field=option.code)
        if option.required and not options[option.code]:
            raise Refused(f"Without this the person cannot take part: {option.text}.", field=option.code)
    with contribution(by=by, reason=f"Consent to version {form.version} recorded"):
        first = participant.status == ParticipantStatus.CONTACTED
        if first:
            participant.begin_screening()
        participant.protocol_version = form.protocol_version
        participant.save(update_fields=["status", "protocol_version"])
        consent = Consent.objects.create(
            participant=participant,
            site=participant.site,
            form=form,
            signed_at=signed_at,
            discussed_by=by,
            options=dict(options),
            recorded_by=by,
        )
        if first:
            create_visits(participant, consent_on=local_date(signed_at, zone=participant.site.zone), by=by)
            _record_age(participant, signed_at=signed_at, by=by, at=at)
        else:
            replan(participant, by=by)
        publish(ConsentRecorded(consent.pk, participant.pk))
    return consent


def withdraw_consent(
    participant: Participant, *, scope: str, reason: str, by: Person, at: datetime
) -> ConsentWithdrawal:
    """Records a withdrawal; what it forbids stops in the same transaction, reminders included."""
    if scope not in dict(ConsentWithdrawal.SCOPES):
        raise Refused("Choose what is withdrawn.", field="scope")
    with contribution(by=by, reason=f"Consent withdrawn: {reason or 'no reason given'}"):
        withdrawal = ConsentWithdrawal.objects.create(
            participant=participant, site=participant.site, scope=scope, observed_at=at, reason=reason, recorded_by=by
        )
        _stop(participant, scope=scope, reason=reason, by=by)
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


def _check_form(participant: Participant, form: ConsentForm, *, signed_at: datetime, at: datetime) -> None:
    if signed_at > at:
        raise Refused("The signature cannot lie in the future.", field="signed_at")
    on = local_date(signed_at, zone=participant.site.zone)
    if on < participant.first_contact_on:
        raise Refused("The signature cannot lie before the first contact.", field="signed_at")
    current = consent_form_in_force(participant.site, on=on, language=participant.language)
    if current is None or form.pk != current.pk:
        name = f"version {current.version}" if current else "none"
        raise Refused(f"The form in force on that day is {name}, not version {form.version}.", field="form")
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


def _stop(participant: Participant, *, scope: str, reason: str, by: Person) -> None:
    if scope in ("contact", "data", "procedures"):
        cancel_reminders_to_participant(participant.pk, reason="Consent withdrawn", by=by)
    if scope in ("procedures", "data"):
        to_come = Visit.objects.filter(participant=participant, state__in=[VisitState.PLANNED, VisitState.BOOKED])
        to_come.update(state=VisitState.CANCELLED, missed_reason="Consent withdrawn")
        if participant.status in ACTIVE:
            participant.withdraw()
            participant.status_reason = reason[:300]
            participant.save(update_fields=["status", "status_reason"])
    elif scope == "treatment" and participant.status == ParticipantStatus.RANDOMISED:
        participant.discontinue()
        participant.status_reason = reason[:300]
        participant.save(update_fields=["status", "status_reason"])
