"""Lets the sponsor's blinded desk read the log of slips of blinding, and nobody at a site."""

from django.db import migrations

POLICY = """
CREATE POLICY assessments_unblindingincident_log ON public.assessments_unblindingincident FOR SELECT
USING (EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.site_id IS NULL AND m.role IN ('data_manager', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
));
"""


class Migration(migrations.Migration):
    """Every slip is recorded and read by somebody who can assess it."""

    dependencies = [("assessments", "0004_locked_is_final"), ("core", "0004_system_actors")]
    operations = [
        migrations.RunSQL(
            POLICY,
            reverse_sql="DROP POLICY assessments_unblindingincident_log ON public.assessments_unblindingincident;",
        )
    ]
