"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions

OWN_RATING = "assessment_id IN (SELECT id FROM public.assessments_assessment WHERE rater_id = (SELECT audit.actor()))"
OWN_RECORD = "recorded_by_id = (SELECT audit.actor())"
# The sponsor's blinded desk reads the log of slips of blinding, and nobody at a site: every slip is recorded and read
# by somebody who can assess it.
LOG = """
CREATE POLICY {table}_log ON public.{table} FOR SELECT
USING (EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.site_id IS NULL AND m.role IN ('data_manager', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
));
"""
# One guess would colour the next: no colleague, investigator or sponsor reads them.
STATISTICIAN = """
CREATE POLICY assessments_armguess_statistician ON public.assessments_armguess FOR SELECT
USING (EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.role IN ('unblinded_statistician', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
));
"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("assessments", "0001_initial"), ("core", "0002_memberships_and_signatures")]
    operations = [
        guard_table("assessments_assessment", also="rater_id = (SELECT audit.actor())", stamped=True),
        guard_transitions(
            "assessments_assessment",
            column="state",
            initial=["ready"],
            allowed=[
                ("ready", "cancelled"),
                ("ready", "started"),
                ("started", "cancelled"),
                ("started", "locked"),
            ],
        ),
        guard_table(
            "assessments_itemvalue", also=OWN_RATING, parent=("assessments_assessment", "assessment_id"), stamped=True
        ),
        guard_table(
            "assessments_itemcorrection",
            also=OWN_RATING,
            append_only=True,
            parent=("assessments_assessment", "assessment_id"),
            stamped=True,
        ),
        guard_table("assessments_assessmentscore", also=OWN_RATING, append_only=True, stamped=True),
        guard_table("assessments_checkconfirmation", also=OWN_RATING, append_only=True, stamped=True),
        # Before a row stands here, no page of a site shows a rating.
        guard_table("assessments_ratingrelease", append_only=True, stamped=True),
        guard_table("assessments_itemtext", site=None, append_only=True, stamped=True),
        guard_table("assessments_formversion", site=None, append_only=True, stamped=True),
        guard_table("assessments_formdraft", site=None, stamped=True),
        *(
            guard_table(f"assessments_{table}", site=None, also=OWN_RECORD, append_only=True, stamped=True)
            for table in ("armguess", "unblindingincident", "incidentassessment")
        ),
        *(
            migrations.RunSQL(LOG.format(table=table), f"DROP POLICY {table}_log ON public.{table};")
            for table in ("assessments_unblindingincident", "assessments_incidentassessment")
        ),
        migrations.RunSQL(
            STATISTICIAN, "DROP POLICY assessments_armguess_statistician ON public.assessments_armguess;"
        ),
    ]
