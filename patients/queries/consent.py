"""Reads on consent: what stands, what is in force, what is withdrawn, and where a signing has come to."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from core.clock import local_date
from core.models import Person, Signature
from patients.models import (
    Consent,
    ConsentSigning,
    ConsentStep,
    ConsentWithdrawal,
    ContactConsent,
    Participant,
    SigningState,
    VisitState,
)
from protocol.definition import ProtocolDefinition
from protocol.expressions import Value
from reminders.queries import waiting_reminders
from trials.queries import consent_form_in_force, definition_of, duties_of, protocol_versions


@dataclass(frozen=True)
class LatestConsent:
    """The latest consent, if there is one, and whether it was withdrawn for procedures."""

    consent: Consent | None
    withdrawn: bool

    @property
    def standing(self) -> Consent | None:
        """Returns the consent unless it was withdrawn."""
        return None if self.withdrawn else self.consent


def standing_consent(participant: Participant) -> Consent | None:
    """Returns the latest consent, or None if there is none or it was withdrawn for procedures."""
    return latest_consent(participant).standing


def latest_consent(participant: Participant) -> LatestConsent:
    """Reads the latest consent, withdrawn or not."""
    withdrawn = ConsentWithdrawal.objects.filter(
        participant_id=OuterRef("participant_id"),
        scope__in=["procedures", "data"],
        observed_at__gte=OuterRef("signed_at"),
    )
    given = Consent.objects.filter(participant=participant).select_related("form").defer("form__source")
    latest = given.annotate(withdrawn=Exists(withdrawn)).order_by("-signed_at", "-id").first()
    return LatestConsent(latest, latest is not None and latest.withdrawn)


def consented_ids(participant_ids: Iterable[int]) -> set[int]:
    """Returns which participants have a consent that was not withdrawn for procedures."""
    withdrawn = ConsentWithdrawal.objects.filter(
        participant_id=OuterRef("participant_id"),
        scope__in=["procedures", "data"],
        observed_at__gte=OuterRef("signed_at"),
    )
    given = Consent.objects.filter(participant_id__in=list(participant_ids)).annotate(withdrawn=Exists(withdrawn))
    latest: dict[int, bool] = {}
    for consent in given.order_by("signed_at", "id"):
        latest[consent.participant_id] = consent.withdrawn
    return {participant_id for participant_id, gone in latest.items() if not gone}


def options_given(participant_ids: Iterable[int]) -> dict[int, dict[str, bool]]:
    """Returns the options of each participant's latest consent, by participant."""
    given = Consent.objects.filter(participant_id__in=list(participant_ids)).order_by("signed_at", "id")
    return dict(given.values_list("participant_id", "options"))


def follow_up_obstacle(participant: Participant, *, visit_code: str, definition: ProtocolDefinition) -> str:
    """Returns why a visit that needs a consent of its own may not take place, or nothing."""
    planned, option = definition.visits_by_code.get(visit_code), definition.durability.consent_option
    if planned is None or not planned.separate_consent or not option:
        return ""
    if options_given([participant.pk]).get(participant.pk, {}).get(option):
        return ""
    return f"{participant.screening_number} has not agreed to {planned.name.lower()}. Ask for that consent first."


def consent_obstacle(participant: Participant, *, at: datetime) -> str:
    """Returns why no procedure may take place at a moment for want of the right consent, or nothing.

    It must stand, be given to the version of the form that is in force then, and be about the protocol version under
    which the participant is.
    """
    latest = latest_consent(participant)
    consent = latest.standing
    if latest.withdrawn:
        return "Consent was withdrawn: no procedure takes place any more."
    if consent is None:
        return "No procedure before consent: record the participant's consent first."
    on = local_date(at, zone=participant.site.zone)
    current = consent_form_in_force(participant.site, on=on, language=participant.language)
    if current is not None and current.version != consent.form.version:
        since = f"{current.approval.effective_on:%-d %b %Y}"
        return (
            f"Version {current.version} of the consent form is in force since {since};"
            f" {participant.screening_number} signed version {consent.form.version}. Ask for the new consent first."
        )
    if consent.form.protocol_version_id != participant.protocol_version_id:
        return (
            f"{participant.screening_number} consented to another version of the protocol and has not been moved to it."
            " Move the participant first."
        )
    return ""


def withdrawn_scopes(participant: Participant) -> frozenset[str]:
    """Returns the scopes that are withdrawn: since the latest consent, or for being contacted, since it was allowed."""
    consent = participant.consents.order_by("-signed_at", "-id").first()
    if consent is None:
        return frozenset()
    rows = participant.withdrawals.filter(observed_at__gte=consent.signed_at).values_list("scope", flat=True)
    return frozenset(scope for scope in rows if scope != "contact" or not may_contact(participant.pk, channel="email"))


@dataclass(frozen=True)
class Coming:
    """What a withdrawal would stop: visits to come, messages to the participant, and to staff about these visits."""

    visits: int
    messages: int
    messages_to_staff: int


def what_is_coming(participant: Participant) -> Coming:
    """Returns how many visits are to come and how many messages wait, in two statements."""
    visits = participant.visits.filter(state__in=[VisitState.PLANNED, VisitState.BOOKED]).count()
    about = Q(visit__participant=participant, visit__state__in=[VisitState.PLANNED, VisitState.BOOKED])
    to_come = waiting_reminders(Q(participant=participant) | about).aggregate(
        mine=Count("pk", filter=Q(participant=participant)), others=Count("pk", filter=Q(participant__isnull=True))
    )
    return Coming(visits, to_come["mine"], to_come["others"])


def with_data_use(people: QuerySet[Participant]) -> QuerySet[Participant]:
    """Returns participants with whether each withdrew the use of data."""
    withdrawn = ConsentWithdrawal.objects.filter(participant_id=OuterRef("pk"), scope="data")
    return people.annotate(data_use_withdrawn=Exists(withdrawn))


def excluded_from_exports() -> QuerySet[ConsentWithdrawal, int]:
    """Returns the keys of participants who withdrew the use of data under a protocol that then excludes their rows."""
    versions = [
        version.pk for version in protocol_versions() if definition_of(version).consenting.data_withdrawal == "exclude"
    ]
    rows = ConsentWithdrawal.objects.filter(scope="data", participant__protocol_version_id__in=versions)
    return rows.values_list("participant_id", flat=True)


def may_obtain_consent(
    person: Person, definition: ProtocolDefinition, *, site_id: int, at: datetime, zone: str
) -> bool:
    """Returns whether the delegation log gives a person one of the duties that obtain consent."""
    held = duties_of(person, site_id=site_id, on=local_date(at, zone=zone))
    return bool(held.intersection(definition.consenting.discussed_by))


def open_signing(participant: Participant) -> ConsentSigning | None:
    """Returns the signing that is under way on a tablet, if any."""
    found = ConsentSigning.objects.filter(
        participant=participant, state__in=[SigningState.READING, SigningState.SIGNED]
    )
    return found.select_related("form__protocol_version", "form__site", "participant__site").first()


def signed_and_waiting(site_ids: Iterable[int] | None) -> QuerySet[ConsentSigning]:
    """Returns the signings that the participant has signed and the person who discussed it has not."""
    found = ConsentSigning.objects.filter(state=SigningState.SIGNED)
    if site_ids is not None:
        found = found.filter(site_id__in=site_ids)
    return found.order_by("signed_at", "id")


def digest_of_steps(steps: list[ConsentStep]) -> str:
    """Returns the SHA-256 of what was done, in order."""
    content = json.dumps([step.as_signed for step in steps], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def steps_of(signing: ConsentSigning) -> list[ConsentStep]:
    """Returns what was done in a signing, in order."""
    return list(signing.steps.order_by("id"))


def consents_of(participant: Participant) -> list[Consent]:
    """Returns every consent of a participant, the newest first."""
    found = participant.consents.select_related(
        "form__protocol_version", "form__site", "discussed_by", "witness", "seal", "signing"
    )
    # A scan has megabytes that no list shows.
    return list(found.defer("seal__ciphertext").order_by("-signed_at", "-id"))


def signatures_of_consents(consents: list[Consent]) -> dict[int, list[Signature]]:
    """Returns the signatures of each consent by its key, the oldest first."""
    found = Signature.objects.filter(record_table=Consent._meta.db_table, record_id__in=[each.pk for each in consents])
    signatures: dict[int, list[Signature]] = {}
    for signature in found.order_by("id"):
        signatures.setdefault(signature.record_id, []).append(signature)
    return signatures


def latest_contact_answer(participant_id: int, *, channel: str) -> ContactConsent | None:
    """Returns what the participant last said about a channel."""
    answers = ContactConsent.objects.filter(participant_id=participant_id, channel=channel)
    return answers.order_by("-observed_at", "-id").first()


def may_contact(participant_id: int, *, channel: str) -> bool:
    """Returns whether the participant agreed to a channel and did not withdraw from being contacted since."""
    latest = latest_contact_answer(participant_id, channel=channel)
    if latest is None or not latest.given:
        return False
    withdrawn = ConsentWithdrawal.objects.filter(participant_id=participant_id, scope="contact")
    return not withdrawn.filter(observed_at__gte=latest.observed_at).exists()


def consent_values(participant: Participant, latest: LatestConsent, *, at: datetime) -> dict[str, Value]:
    """Returns what the rules may know of consent: the version given, the one in force, and whether it was withdrawn."""
    values: dict[str, Value] = {}
    if latest.standing is not None:
        values["consent_version"] = latest.standing.form.version
    on = local_date(at, zone=participant.site.zone)
    current = consent_form_in_force(participant.site, on=on, language=participant.language)
    if current is not None:
        values["consent_current_version"] = current.version
    values["consent_withdrawn"] = latest.withdrawn
    return values
