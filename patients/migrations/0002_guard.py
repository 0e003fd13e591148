"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions

# No row of the screening record is ever rewritten.
SCREENING_RECORD = (
    "clinicaljudgement",
    "eligibilitycontradiction",
    "historyentry",
    "labrange",
    "medicine",
    "priortreatment",
    "prioruseentry",
    "result",
    "resultfile",
    "resultload",
    "screenfailure",
)


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("patients", "0001_initial")]
    operations = [
        guard_table("patients_lead", stamped=True),
        guard_transitions(
            "patients_lead",
            column="state",
            initial=["new"],
            allowed=[
                ("closed", "in_contact"),
                ("in_contact", "closed"),
                ("in_contact", "converted"),
                ("in_contact", "waiting"),
                ("new", "closed"),
                ("new", "in_contact"),
                ("waiting", "closed"),
                ("waiting", "converted"),
                ("waiting", "in_contact"),
            ],
        ),
        guard_table("patients_contactattempt", append_only=True, stamped=True),
        guard_table("patients_prescreen", append_only=True, stamped=True),
        guard_table("patients_participant", stamped=True),
        guard_transitions(
            "patients_participant",
            column="status",
            initial=["contacted"],
            allowed=[
                ("contacted", "screen_failed"),
                ("contacted", "screening"),
                ("contacted", "withdrawn"),
                ("discontinued", "completed"),
                ("discontinued", "withdrawn"),
                ("enrolled", "randomised"),
                ("enrolled", "screen_failed"),
                ("enrolled", "withdrawn"),
                ("randomised", "completed"),
                ("randomised", "discontinued"),
                ("randomised", "withdrawn"),
                ("screening", "enrolled"),
                ("screening", "screen_failed"),
                ("screening", "withdrawn"),
            ],
        ),
        guard_table("patients_contactconsent", append_only=True, stamped=True),
        guard_table("patients_consent", append_only=True, stamped=True),
        guard_table("patients_consentwithdrawal", append_only=True, stamped=True),
        guard_table("patients_visit", stamped=True),
        guard_transitions(
            "patients_visit",
            column="state",
            initial=["planned"],
            allowed=[
                ("booked", "cancelled"),
                ("booked", "missed"),
                ("booked", "started"),
                ("planned", "booked"),
                ("planned", "cancelled"),
                ("planned", "missed"),
                ("planned", "started"),
                ("started", "done"),
            ],
        ),
        guard_table("patients_visitprocedure", stamped=True),
        guard_table("patients_fact", append_only=True, stamped=True),
        guard_table("patients_eligibilityassessment", append_only=True, stamped=True),
        guard_table("patients_randomisation", append_only=True, stamped=True),
        guard_table("patients_consentsigning", stamped=True),
        guard_transitions(
            "patients_consentsigning",
            column="state",
            initial=["reading"],
            allowed=[
                ("reading", "abandoned"),
                ("reading", "ended"),
                ("reading", "signed"),
                ("signed", "abandoned"),
                ("signed", "completed"),
            ],
        ),
        guard_table("patients_consentstep", append_only=True, stamped=True),
        guard_table("patients_reconsentcampaign", stamped=True),
        guard_table("patients_participantpreference", append_only=True, stamped=True),
        *(guard_table(f"patients_{table}", append_only=True, stamped=True) for table in SCREENING_RECORD),
    ]
