"""Roles, the rights they carry, and the protocol's duties that each role may hold.

A role is a right in Vigil. A duty (nurse, witness, attendant …) is the protocol's word; the delegation log gives it to
a person, and this table says which role may hold which duty.
"""

from dataclasses import dataclass, field

from django.db import models


class Permission(models.TextChoices):
    """What a view, an action or an API resource may ask for."""

    WORKLIST_VIEW = "worklist.view", "see the own worklist"
    PROTOCOL_VIEW = "protocol.view", "read the protocol"
    PROTOCOL_SIGN = "protocol.sign", "sign a protocol version"
    PARTICIPANT_VIEW = "participant.view", "see participants"
    PARTICIPANT_ADD = "participant.add", "add a participant"
    IDENTITY_VIEW = "identity.view", "see names and contact details"
    IDENTITY_ERASE = "identity.erase", "erase who somebody is, for good"
    IDENTITY_WATCH = "identity.watch", "see who read identities, and when"
    LEAD_VIEW = "lead.view", "see people who may take part, by code"
    LEAD_RECORD = "lead.record", "add leads and record contacts"
    CONSENT_FORM_VIEW = "consent_form.view", "read the site's consent forms"
    CONSENT_FORM_LOAD = "consent_form.load", "load a consent form"
    CONSENT_FORM_APPROVE = "consent_form.approve", "put a consent form in force"
    CONSENT_RECORD = "consent.record", "record consent and its withdrawal"
    SCREENING_VIEW = "screening.view", "see screening and eligibility"
    SCREENING_RECORD = "screening.record", "record screening facts"
    ELIGIBILITY_SIGN = "eligibility.sign", "sign eligibility"
    RANDOMISE = "randomisation.request", "ask for the allocation"
    VISIT_MANAGE = "visit.manage", "book and move visits"
    VISIT_RECORD = "visit.record", "record visits and procedures"
    SESSION_VIEW = "session.view", "see dosing sessions"
    SESSION_RECORD = "session.record", "record a dosing session"
    CONDITION_OVERRIDE = "condition.override", "sign an override that the protocol allows"
    ALERT_ACKNOWLEDGE = "alert.acknowledge", "acknowledge alerts"
    NOTE_VIEW = "note.view", "read integration notes"
    NOTE_WRITE = "note.write", "write integration notes"
    CONTACT_RECORD = "contact.record", "record follow-up contacts"
    GUESS_RECORD = "guess.record", "record the own guess at the arm"
    RATING_BOOK = "rating.book", "assign raters and see their status"
    RATING_ENTER = "rating.enter", "enter an independent rating"
    INSTRUMENT_WORD = "instrument.word", "enter the licensed wording of an instrument"
    FORM_EDIT = "form.edit", "edit and publish the trial's own forms"
    RATER_POOL_VIEW = "rater_pool.view", "see the raters, how far they agree and who drifts"
    OUTCOME_VIEW = "outcome.view", "see how questionnaires of a participant went"
    RATING_READ = "rating.read", "read ratings of raters once they are released"
    RATINGS_RELEASE = "ratings.release", "open the ratings of a participant to the site"
    ADVERSE_EVENT_VIEW = "adverse_event.view", "see adverse events"
    ADVERSE_EVENT_REPORT = "adverse_event.report", "report adverse events"
    ADVERSE_EVENT_ASSESS = "adverse_event.assess", "assess causality as investigator"
    SAFETY_OFFICE = "safety.office", "run the reporting clocks for the sponsor"
    RECONCILE = "safety.reconcile", "set records of all rooms side by side and decide on what does not agree"
    CODING_MANAGE = "coding.manage", "code what was written by the licensee's dictionaries"
    HOLD_PLACE = "hold.place", "put dosing on hold"
    TRIAL_HOLD_PLACE = "hold.place_trial", "put the whole trial on hold"
    HOLD_REVIEW = "hold.review", "review dosing holds and, where the protocol names the duty, end them"
    DEVIATION_VIEW = "deviation.view", "see deviations"
    DEVIATION_RECORD = "deviation.record", "record deviations"
    DEVIATION_DECIDE = "deviation.decide", "accept or refuse proposed deviations"
    KIT_VIEW = "kit.view", "see the kits of the own site"
    KIT_HANDLE = "kit.handle", "receive and dispense kits"
    KIT_WITNESS = "kit.witness", "witness dispensing"
    ALLOCATION_LIST_MAKE = "allocation_list.make", "make and seal the allocation list"
    REGULATOR_REPORT = "regulator_report.make", "unblind one serious case and report it to regulators"
    BOARD_REPORT_VIEW = "board_report.view", "read the open reports of the monitoring board"
    UNBLIND_EMERGENCY = "unblind.emergency", "unblind one participant in an emergency"
    AUDIT_VIEW = "audit.view", "read the audit trail"
    MESSAGE_VIEW = "message.view", "see what was sent"
    EXPORT_CREATE = "export.create", "create sponsor exports"
    BLINDING_INCIDENT_VIEW = "blinding_incident.view", "read what somebody learned and should not have"
    TOKEN_MANAGE = "token.manage", "create and revoke API tokens"
    RIGHTS_VIEW = "rights.view", "see what exactly a person may see"
    ACCOUNT_MANAGE = "account.manage", "manage accounts and memberships"
    DELEGATION_VIEW = "delegation.view", "see the delegation log"
    DELEGATION_APPROVE = "delegation.approve", "approve delegations"
    DELEGATION_ACCEPT = "delegation.accept", "accept duties given to oneself"
    QUALIFICATION_RECORD = "qualification.record", "record trainings, licences and certificates"
    OWN_PAGES_MANAGE = "own_pages.manage", "give participants the code and the links of their own pages"
    REVIEW_ENTER = "review.enter", "rate recordings of sessions"
    REVIEW_VIEW = "review.view", "see how therapists are rated"
    SUPERVISION_SIGN = "supervision.sign", "sign off pairs and restore the dosing privilege"
    BOUNDARY_REVIEW = "boundary.review", "review boundaries of sessions from outside the pair"
    CONFIDENTIAL_READ = "confidential.read", "read what participants say past their site"


class Role(models.TextChoices):
    """The roles of the product; one person may hold several unless blinding forbids it."""

    COORDINATOR = "coordinator", "Research coordinator"
    THERAPIST = "therapist", "Therapist"
    INDEPENDENT_RATER = "independent_rater", "Independent rater"
    PHARMACIST = "pharmacist", "Pharmacist (unblinded)"
    PRINCIPAL_INVESTIGATOR = "principal_investigator", "Principal investigator"
    MONITOR = "monitor", "Monitor"
    DATA_MANAGER = "data_manager", "Data manager"
    SAFETY_OFFICER = "safety_officer", "Safety officer"
    ADMINISTRATOR = "administrator", "Administrator"
    UNBLINDED_STATISTICIAN = "unblinded_statistician", "Unblinded statistician"
    MEDICAL_MONITOR = "medical_monitor", "Medical monitor"
    IMPARTIAL_WITNESS = "impartial_witness", "Impartial witness"
    OMBUDSPERSON = "ombudsperson", "Ombudsperson"
    ADHERENCE_REVIEWER = "adherence_reviewer", "Adherence reviewer"
    SYSTEM = "system", "System"


@dataclass(frozen=True)
class RoleRights:
    """One role in plain English, with its permissions and the duties it may hold.

    `sees_site_data` opens the rows of the membership's sites in the database; roles without it see only what is
    opened to them by name. `unblinded` roles exclude every blinded role for the same person.
    """

    sentence: str
    permissions: frozenset[Permission]
    duties: frozenset[str] = field(default_factory=frozenset)
    sees_site_data: bool = True
    unblinded: bool = False


P = Permission
CLINICAL_READ = frozenset(
    {
        P.WORKLIST_VIEW, P.PROTOCOL_VIEW, P.PARTICIPANT_VIEW, P.SCREENING_VIEW, P.SESSION_VIEW,
        P.ADVERSE_EVENT_VIEW, P.DEVIATION_VIEW, P.DELEGATION_VIEW, P.CONSENT_FORM_VIEW,
    }
)  # fmt: skip

ROLES: dict[Role, RoleRights] = {
    Role.COORDINATOR: RoleRights(
        "Runs the trial at a site: finds, consents, screens, books and chases; never sees an arm.",
        CLINICAL_READ
        | {
            P.PARTICIPANT_ADD,
            P.LEAD_VIEW,
            P.LEAD_RECORD,
            P.IDENTITY_VIEW,
            P.CONSENT_FORM_LOAD,
            P.CONSENT_RECORD,
            P.SCREENING_RECORD,
            P.RANDOMISE,
            P.GUESS_RECORD,
            P.VISIT_MANAGE,
            P.VISIT_RECORD,
            P.CONTACT_RECORD,
            P.OWN_PAGES_MANAGE,
            P.RATING_BOOK,
            P.OUTCOME_VIEW,
            P.ADVERSE_EVENT_REPORT,
            P.DEVIATION_RECORD,
            P.ALERT_ACKNOWLEDGE,
            P.MESSAGE_VIEW,
            P.AUDIT_VIEW,
            P.KIT_WITNESS,
            P.DELEGATION_ACCEPT,
            P.QUALIFICATION_RECORD,
        },
        frozenset({"nurse", "clinician", "attendant", "witness", "consenter", "coordinator"}),
    ),
    Role.THERAPIST: RoleRights(
        "Prepares, accompanies and integrates the dosing sessions of the site, always as one of a pair.",
        (CLINICAL_READ - {P.DELEGATION_VIEW})
        | {
            P.SESSION_RECORD,
            P.GUESS_RECORD,
            P.NOTE_VIEW,
            P.NOTE_WRITE,
            P.CONTACT_RECORD,
            P.VISIT_RECORD,
            P.ADVERSE_EVENT_REPORT,
            P.DEVIATION_RECORD,
            P.ALERT_ACKNOWLEDGE,
            P.KIT_WITNESS,
            P.DELEGATION_ACCEPT,
        },
        frozenset({"therapist", "clinician", "nurse", "attendant", "witness"}),
    ),
    Role.INDEPENDENT_RATER: RoleRights(
        "Rates outcomes behind the firewall: sees the own assessments and nothing else of the participant.",
        frozenset({P.WORKLIST_VIEW, P.RATING_ENTER, P.DELEGATION_ACCEPT}),
        frozenset({"independent_assessor"}),
        sees_site_data=False,
    ),
    Role.PHARMACIST: RoleRights(
        "Holds and dispenses the study drug of the site; sees kit contents in the pharmacy and nowhere else.",
        frozenset({P.WORKLIST_VIEW, P.PROTOCOL_VIEW, P.KIT_VIEW, P.KIT_HANDLE, P.DELEGATION_ACCEPT}),
        frozenset({"dispenser"}),
        unblinded=True,
    ),
    Role.PRINCIPAL_INVESTIGATOR: RoleRights(
        "Answers for the site: signs eligibility and delegations, assesses events, may unblind in an emergency.",
        CLINICAL_READ
        | {
            P.IDENTITY_VIEW,
            P.IDENTITY_ERASE,
            P.IDENTITY_WATCH,
            P.LEAD_VIEW,
            P.PROTOCOL_SIGN,
            P.CONSENT_FORM_LOAD,
            P.CONSENT_FORM_APPROVE,
            P.CONSENT_RECORD,
            P.SCREENING_RECORD,
            P.ELIGIBILITY_SIGN,
            P.OUTCOME_VIEW,
            P.RATING_READ,
            P.VISIT_MANAGE,
            P.VISIT_RECORD,
            P.SESSION_RECORD,
            P.CONDITION_OVERRIDE,
            P.ALERT_ACKNOWLEDGE,
            P.NOTE_VIEW,
            P.CONTACT_RECORD,
            P.ADVERSE_EVENT_REPORT,
            P.ADVERSE_EVENT_ASSESS,
            P.HOLD_PLACE,
            P.HOLD_REVIEW,
            P.DEVIATION_RECORD,
            P.DEVIATION_DECIDE,
            P.UNBLIND_EMERGENCY,
            P.AUDIT_VIEW,
            P.DELEGATION_APPROVE,
            P.MESSAGE_VIEW,
            P.KIT_WITNESS,
            P.DELEGATION_ACCEPT,
            P.QUALIFICATION_RECORD,
            P.REVIEW_VIEW,
            P.SUPERVISION_SIGN,
        },
        frozenset({"principal_investigator", "investigator", "physician", "clinician"}),
    ),
    Role.MONITOR: RoleRights(
        "Checks the site's records for the sponsor; reads, raises deviations, changes no data.",
        CLINICAL_READ | {P.DEVIATION_RECORD, P.AUDIT_VIEW, P.OUTCOME_VIEW},
    ),
    Role.DATA_MANAGER: RoleRights(
        "Cleans and exports the blinded data of all sites.",
        CLINICAL_READ
        | {
            P.EXPORT_CREATE,
            P.TOKEN_MANAGE,
            P.BLINDING_INCIDENT_VIEW,
            P.AUDIT_VIEW,
            P.RIGHTS_VIEW,
            P.INSTRUMENT_WORD,
            P.RATER_POOL_VIEW,
            P.FORM_EDIT,
            P.REVIEW_VIEW,
            P.RATINGS_RELEASE,
            P.BOARD_REPORT_VIEW,
            P.CODING_MANAGE,
            P.RECONCILE,
        },
    ),
    Role.SAFETY_OFFICER: RoleRights(
        "Runs the sponsor's safety desk: receives serious events, judges expectedness and keeps the clocks.",
        CLINICAL_READ
        | {
            P.SAFETY_OFFICE,
            P.CODING_MANAGE,
            P.RECONCILE,
            P.BOARD_REPORT_VIEW,
            P.ALERT_ACKNOWLEDGE,
            P.EXPORT_CREATE,
            P.CONFIDENTIAL_READ,
            P.BOUNDARY_REVIEW,
            P.HOLD_PLACE,
            P.TRIAL_HOLD_PLACE,
            P.HOLD_REVIEW,
        },
        frozenset({"sponsor"}),
    ),
    Role.ADMINISTRATOR: RoleRights(
        "Manages accounts, memberships and protocol files; sees no participant data.",
        frozenset({P.WORKLIST_VIEW, P.PROTOCOL_VIEW, P.ACCOUNT_MANAGE, P.RIGHTS_VIEW}),
        sees_site_data=False,
    ),
    Role.UNBLINDED_STATISTICIAN: RoleRights(
        "Makes and seals the allocation list, and reports unblinded cases to regulators; sees no participant page.",
        frozenset({P.WORKLIST_VIEW, P.PROTOCOL_VIEW, P.ALLOCATION_LIST_MAKE, P.REGULATOR_REPORT}),
        sees_site_data=False,
        unblinded=True,
    ),
    Role.MEDICAL_MONITOR: RoleRights(
        "Watches safety across sites as a physician and may unblind one participant in an emergency.",
        CLINICAL_READ
        | {
            P.ALERT_ACKNOWLEDGE,
            P.BOARD_REPORT_VIEW,
            P.UNBLIND_EMERGENCY,
            P.CONDITION_OVERRIDE,
            P.HOLD_PLACE,
            P.TRIAL_HOLD_PLACE,
            P.HOLD_REVIEW,
        },
        frozenset({"medical_monitor", "physician"}),
    ),
    Role.IMPARTIAL_WITNESS: RoleRights(
        "Attests by the own password that a consent was explained; has no other part in the trial.",
        frozenset({P.WORKLIST_VIEW}),
        sees_site_data=False,
    ),
    Role.OMBUDSPERSON: RoleRights(
        "Hears what participants say past their site, and answers; sees nothing else of the trial.",
        frozenset({P.WORKLIST_VIEW, P.CONFIDENTIAL_READ}),
        sees_site_data=False,
    ),
    Role.ADHERENCE_REVIEWER: RoleRights(
        "Rates recordings of sessions by the therapists' adherence and competence; sees nothing else of the trial.",
        frozenset({P.WORKLIST_VIEW, P.REVIEW_ENTER}),
        sees_site_data=False,
    ),
    Role.SYSTEM: RoleRights(
        "A named job of Vigil; it acts under its own name in the audit trail and signs nothing.",
        frozenset(),
    ),
}


@dataclass(frozen=True)
class DataClass:
    """A class of data by what it could tell about the arm, and the rights by which it opens."""

    code: str
    name: str
    holds: str
    opened_by: tuple[Permission, ...]


DATA_CLASSES: tuple[DataClass, ...] = (
    DataClass("O", "Open", "Participants by code, visits, windows, consent", (P.PARTICIPANT_VIEW,)),
    DataClass("I", "Identity", "Names, birth dates and contact details", (P.IDENTITY_VIEW, P.LEAD_RECORD)),
    DataClass(
        "T", "Treatment", "The arm, what kits hold, the allocation list",
        (P.KIT_HANDLE, P.ALLOCATION_LIST_MAKE, P.UNBLIND_EMERGENCY, P.REGULATOR_REPORT),
    ),
    DataClass(
        "F", "Functionally unblinding", "Measurements and events of dosing sessions, their notes, adverse events",
        (P.SESSION_VIEW, P.NOTE_VIEW, P.ADVERSE_EVENT_VIEW),
    ),
    DataClass(
        "E", "Ratings", "Items and scores of independent raters, each rater's own; once released, the investigator's",
        (P.RATING_ENTER, P.RATING_READ),
    ),
    DataClass(
        "S", "Self-report", "Questionnaires that the site enters for participants", (P.VISIT_RECORD, P.OUTCOME_VIEW)
    ),
    DataClass(
        "R", "Reviews of therapists", "Ratings of recordings, each reviewer's own; of the site, its investigator's",
        (P.REVIEW_ENTER, P.REVIEW_VIEW),
    ),
    DataClass("C", "Confidential line", "What participants say past their site", (P.CONFIDENTIAL_READ,)),
    DataClass("X", "Exports", "Datasets of a blinding class that leave the house", (P.EXPORT_CREATE,)),
    DataClass("G", "Guesses at the arm", "One's own, until it is made; of others none", (P.GUESS_RECORD,)),
)  # fmt: skip
del P


def roles_that_see_site_data() -> tuple[str, ...]:
    """Returns the roles whose membership opens the rows of its sites in the database."""
    return tuple(role.value for role, rights in ROLES.items() if rights.sees_site_data)


def may_hold_duty(role: str, duty: str) -> bool:
    """Returns whether the delegation log may give `duty` to a person with `role`."""
    return duty in ROLES[Role(role)].duties


def roles_of_duty(duty: str) -> frozenset[Role]:
    """Returns the roles that may hold a duty of the protocol."""
    return frozenset(role for role, rights in ROLES.items() if duty in rights.duties)
