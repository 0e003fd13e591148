"""Lets the unblinded statistician count guesses by arm: counts leave the schema, no participant does."""

from django.conf import settings
from django.db import migrations

from core.guard import grant_function

# Row security binds the owner too; the statistician, who has no site, counts over all of them.
GUESSES = """
CREATE FUNCTION allocation.guesses_by_arm(of_trial bigint)
RETURNS TABLE (by_procedure text, at_visit text, in_arm text, guessed text, how_sure text, people bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('guesses by arm', 'trial ' || of_trial);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT g.procedure::text, v.code::text, t.arm, g.guess::text, g.certainty::text, count(*)
  FROM public.assessments_armguess g
  JOIN public.patients_visit v ON v.id = g.visit_id
  JOIN allocation.slot t ON t.participant_id = g.participant_id
  JOIN allocation.list l ON l.id = t.list_id AND l.trial_id = of_trial
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""


class Migration(migrations.Migration):
    """The indices of blinding are computed from these counts, for the statistician alone."""

    dependencies = [
        ("pharmacy", "0006_allocation_methods"),
        ("assessments", "0007_blinding_integrity"),
        ("patients", "0006_randomisation_factors"),
    ]
    operations = [
        migrations.RunSQL(GUESSES, reverse_sql="DROP FUNCTION allocation.guesses_by_arm(bigint);"),
        grant_function("allocation.guesses_by_arm(bigint)", login=settings.UNBLINDED_LOGIN),
    ]
