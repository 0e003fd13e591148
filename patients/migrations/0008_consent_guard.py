"""Locks what belongs to consent; the audit is told that a sealed copy came, never what it holds."""

from django.db import migrations

from core.guard import guard_table, guard_transitions

RECORD_SEAL = """
CREATE FUNCTION audit.record_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  this_actor bigint := nullif(current_setting('app.actor', true), '')::bigint;
BEGIN
  IF this_actor IS NULL THEN
    RAISE EXCEPTION 'A write to % needs an actor', TG_TABLE_NAME USING ERRCODE = 'VG001';
  END IF;
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'A sealed copy is never changed or removed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO audit.entry (schema_name, table_name, row_id, operation, new_values, actor_id, actor_role, reason,
                           transaction_id, recorded_at)
  SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, n.id, lower(TG_OP),
         jsonb_build_object('id', n.id, 'participant_id', n.participant_id, 'site_id', n.site_id,
                            'media_type', n.media_type, 'digest', n.digest, 'size', n.size, 'pages', n.pages),
         this_actor, nullif(current_setting('app.role', true), ''),
         nullif(current_setting('app.reason', true), ''), pg_current_xact_id(), clock.now()
  FROM new_rows n ORDER BY n.id;
  RETURN NULL;
END $body$;
"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("patients", "0007_consent_signing")]
    operations = [
        migrations.RunSQL(RECORD_SEAL, reverse_sql="DROP FUNCTION audit.record_seal();"),
        guard_table("consent_seal", schema="vault", append_only=True, stamped=True, recorder="audit.record_seal"),
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
    ]
