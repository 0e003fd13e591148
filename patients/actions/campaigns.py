"""Re-consent after an amendment: a campaign with a day, and moving a participant to the version consented to."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from patients import queries
from patients.actions.consent import locked
from patients.actions.schedule import OPEN, add_missing_visits, planned_under, replan
from patients.actions.visits import CANCELLED, tell_change
from patients.models import Participant, ReconsentCampaign, Visit, VisitProcedure, VisitState
from protocol.definition import ProtocolDefinition, ReminderRule
from protocol.schedule import MoveLine, cascade
from reminders.actions import cancel_reminders_about, cancel_reminders_of_visit, plan_reminder
from trials.queries import consent_form_in_force, definition_of, placed_procedures

if TYPE_CHECKING:
    from trials.models import ConsentForm, ProtocolVersion, Site

DUE = "reconsent_due"


@dataclass(frozen=True)
class VersionChange:
    """What moving to another version changes for one participant: visits that move, come, and fall away."""

    version: "ProtocolVersion"
    moves: tuple[MoveLine, ...]
    comes: tuple[str, ...]
    goes: tuple[str, ...]


def open_campaign(
    site: "Site", *, form: "ConsentForm", reason: str, sign_by: date, by: Person, at: datetime
) -> ReconsentCampaign:
    """Opens a campaign for a newer form that is in force; everybody who signed an earlier one is to sign by a day.

    Whoever obtains consent at the site is reminded before that day. Raises Refused for a form that is not in force, a
    day that is past, no reason, and a campaign that is there.
    """
    today = local_date(at, zone=site.zone)
    current = consent_form_in_force(site, on=today, language=form.language)
    if form.site_id != site.pk or current is None or current.version != form.version:
        raise Refused("A campaign is for a form that is in force at the site. Approve it first.", field="form")
    if sign_by < today:
        raise Refused("The day is past. Choose a day that gives people time.", field="sign_by")
    if not reason.strip():
        raise Refused("Say what changed, in words that a participant understands.", field="reason")
    if ReconsentCampaign.objects.filter(site=site, form_version=form.version).exists():
        raise Refused(f"A campaign for version {form.version} is there already.", field="form")
    with contribution(by=by, reason=f"Re-consent to version {form.version}: {reason.strip()}"):
        campaign = ReconsentCampaign.objects.create(
            site=site, protocol_version=form.protocol_version, form_version=form.version, reason=reason.strip(),
            sign_by=sign_by, recorded_by=by,
        )  # fmt: skip
        _remind(campaign, by=by, at=at)
    return campaign


def close_campaign(campaign: ReconsentCampaign, *, reason: str, by: Person, at: datetime) -> ReconsentCampaign:
    """Ends a campaign; the form in force still gates every procedure. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("Say why the campaign ends.", field="reason")
    with contribution(by=by, reason=reason.strip()):
        locked_campaign = ReconsentCampaign.objects.select_for_update().get(pk=campaign.pk)
        if locked_campaign.closed_at is None:
            locked_campaign.closed_at = at
            locked_campaign.save(update_fields=["closed_at"])
            cancel_reminders_about(campaign.public_id, reason="The campaign has ended", by=by)
    return locked_campaign


def preview_version(participant: Participant) -> VersionChange | None:
    """Returns what moving to the version consented to would change, or None when there is nothing to move to."""
    consent = queries.standing_consent(participant)
    if consent is None or consent.form.protocol_version_id == participant.protocol_version_id:
        return None
    version = consent.form.protocol_version
    before = queries.definition_for(participant)
    after = definition_of(version)
    actual = queries.actual_dates(participant)
    there = set(participant.visits.values_list("code", flat=True))
    open_codes = set(participant.visits.filter(state__in=OPEN).values_list("code", flat=True))
    planned = planned_under(after, participant, actual)
    lines = cascade(planned_under(before, participant, actual), planned)
    return VersionChange(
        version,
        tuple(line for line in lines if line.before.code in open_codes),
        tuple(line.name for code, line in planned.items() if code not in there),
        tuple(
            participant.visits.filter(code__in=open_codes - set(planned))
            .order_by("order")
            .values_list("name", flat=True)
        ),
    )


def move_to_version(participant: Participant, *, by: Person, at: datetime) -> Participant:
    """Moves a participant to the protocol version consented to: open visits follow it, what was done stays.

    Raises Refused without a consent to another version, while the site does not work under it, and while a visit is
    under way.
    """
    with contribution(by=by, reason="Moved to the protocol version consented to"):
        locked(participant)
        consent = queries.standing_consent(participant)
        if consent is None or consent.form.protocol_version_id == participant.protocol_version_id:
            raise Refused(f"{participant.screening_number} has consented to no other version of the protocol.")
        under_way = participant.visits.filter(state=VisitState.STARTED).order_by("order").first()
        if under_way is not None:
            raise Refused(f"{under_way.name} is under way. Finish it first: it is held as it began.")
        participant.protocol_version = consent.form.protocol_version
        participant.save(update_fields=["protocol_version"])
        definition = definition_of(consent.form.protocol_version)
        _follow(participant, definition, by=by, at=at)
        add_missing_visits(participant, by=by)
        replan(participant, by=by)
    return participant


def _follow(participant: Participant, definition: ProtocolDefinition, *, by: Person, at: datetime) -> None:
    """Lets open visits follow the version: those it lacks are cancelled, procedures come and fall away."""
    planned = planned_under(definition, participant, queries.actual_dates(participant))
    gone = f"Not part of protocol version {definition.version}"
    visits = list(Visit.objects.filter(participant=participant, state__in=OPEN).prefetch_related("procedures"))
    # Nobody has visits before consent, and consent puts a participant under a version.
    assert participant.protocol_version is not None
    placed = placed_procedures(participant.protocol_version)
    wanted: list[VisitProcedure] = []
    for visit in visits:
        if visit.code not in planned:
            Visit.objects.filter(pk=visit.pk).update(state=VisitState.CANCELLED, missed_reason=gone)
            cancel_reminders_of_visit(visit.pk, reason=gone, by=by)
            tell_change(visit, CANCELLED, by=by, at=at)
            continue
        line = planned[visit.code]
        visit.name, visit.kind, visit.order = line.name, line.type, line.order
        of_version = (*definition.procedures_of(visit.code), *placed.get(visit.code, ()))
        asked = {procedure.code for procedure in of_version}
        known = {procedure.code: procedure for procedure in visit.procedures.all()}
        wanted += [
            VisitProcedure(visit=visit, site=participant.site, code=code, recorded_by=by)
            for code in sorted(asked - known.keys())
        ]
        fallen = [row.pk for code, row in known.items() if code not in asked and row.state == "due"]
        if fallen:
            VisitProcedure.objects.filter(pk__in=fallen).update(state="not_done", not_done_reason=gone)
    Visit.objects.bulk_update([visit for visit in visits if visit.code in planned], ["name", "kind", "order"])
    VisitProcedure.objects.bulk_create(wanted)


def _remind(campaign: ReconsentCampaign, *, by: Person, at: datetime) -> None:
    rules = definition_of(campaign.protocol_version).reminders
    for rule in (rule for rule in rules if rule.relative_to == DUE):
        due_at = datetime.combine(campaign.sign_by, time.max, ZoneInfo(campaign.site.zone)) + timedelta(
            hours=rule.hours
        )
        if due_at <= at:
            continue
        if rule.to == "participant":
            _remind_participants(campaign, rule, due_at=due_at, by=by)
            continue
        for person in people_with(Role(rule.to), site_id=campaign.site_id, moment=at):
            plan_reminder(
                key=f"{rule.template}:{campaign.public_id}:{person.public_id}", template=rule.template, due_at=due_at,
                site_id=campaign.site_id, person=person, by=by,
            )  # fmt: skip


def _remind_participants(campaign: ReconsentCampaign, rule: ReminderRule, *, due_at: datetime, by: Person) -> None:
    for line in queries.campaign_lines(campaign):
        if line.signed_at is None and queries.may_contact(line.participant.pk, channel="email"):
            plan_reminder(
                key=f"{rule.template}:{campaign.public_id}:{line.participant.public_id}", template=rule.template,
                due_at=due_at, site_id=campaign.site_id, participant_id=line.participant.pk, by=by,
            )  # fmt: skip
