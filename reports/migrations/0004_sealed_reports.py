"""Seals the unblinded reports to regulators, as the rest of what tells an arm.

The digest of a report is not kept any more: with the blinded report in the hand, it could be tried out with one
product and the other.
"""

from django.conf import settings
from django.db import migrations

from core.guard import grant_function
from pharmacy.sealing import lend_key

SEALED = """
ALTER TABLE allocation.regulator_report DROP CONSTRAINT regulator_report_content_check, DROP COLUMN digest;
SELECT allocation.move_to_sealed('regulator_report');
UPDATE audit.entry SET new_values = new_values - 'digest'
WHERE schema_name = 'sealed' AND table_name = 'regulator_report';
SELECT allocation.seal_column('regulator_report', 'arm', 64, 'public_id');
SELECT allocation.seal_column('regulator_report', 'content', 16384, 'public_id');
CREATE VIEW allocation.regulator_report AS
  SELECT r.id, r.public_id, r.case_report_id, r.log_id,
         allocation.opened(r.arm, 'regulator_report.arm ' || r.public_id) AS arm,
         allocation.opened(r.content, 'regulator_report.content ' || r.public_id) AS content, r.made_by_id, r.made_at
  FROM sealed.regulator_report r;
"""
KEEP = """
DROP FUNCTION allocation.keep_regulator_report(bigint, text, text, text, text, timestamptz);
CREATE FUNCTION allocation.keep_regulator_report(
  of_log bigint, of_report text, key text, body text, made_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint;
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  INSERT INTO sealed.regulator_report (public_id, case_report_id, log_id, arm, content, made_by_id, made_at)
  SELECT key, c.id, g.id, allocation.seal(t.arm, 'regulator_report.arm ' || key, 64),
         allocation.seal(body, 'regulator_report.content ' || key, 16384), actor, made_on
  FROM public.reports_casereport c
  JOIN public.safety_adverseevent e ON e.id = c.event_id
  JOIN allocation.slot t ON t.participant_id = e.participant_id
  JOIN allocation.reveal_log g ON g.id = of_log AND g.actor_id = actor AND g.participant_id = e.participant_id
  WHERE c.public_id = of_report
  RETURNING id INTO made;
  PERFORM set_config('app.maintenance', '', true);
  IF made IS NULL THEN
    RAISE EXCEPTION 'The question is not on record' USING ERRCODE = 'VG110';
  END IF;
  RETURN made;
END $body$;
"""


class Migration(migrations.Migration):
    """A dump tells nobody what was reported."""

    dependencies = [("reports", "0003_regulators"), ("pharmacy", "0009_ledger_by_unit")]
    operations = [
        migrations.RunPython(lend_key, migrations.RunPython.noop),
        migrations.RunSQL([SEALED, KEEP], reverse_sql=migrations.RunSQL.noop),
        grant_function(
            "allocation.keep_regulator_report(bigint, text, text, text, timestamptz)", login=settings.UNBLINDED_LOGIN
        ),
    ]
