"""Locks what shows who somebody is, in the vault and the keyring; tells who read it, and who is known elsewhere.

The audit is told that a key or a sealed copy came, changed or went, never what it is.
"""

from django.conf import settings
from django.db import migrations

from core.guard import grant_function, guard_table

RECORD_KEY = """
CREATE FUNCTION audit.record_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  this_actor bigint := nullif(current_setting('app.actor', true), '')::bigint;
  this_reason text := nullif(current_setting('app.reason', true), '');
BEGIN
  IF this_actor IS NULL THEN
    RAISE EXCEPTION 'A write to % needs an actor', TG_TABLE_NAME USING ERRCODE = 'VG001';
  END IF;
  IF TG_OP <> 'INSERT' AND this_reason IS NULL THEN
    RAISE EXCEPTION 'A change of % needs a reason', TG_TABLE_NAME USING ERRCODE = 'VG002';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A key is erased, its row is never removed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF EXISTS (
      SELECT 1 FROM old_rows o LEFT JOIN new_rows n ON n.id = o.id
      WHERE n.id IS NULL OR n.identity_id <> o.identity_id OR (o.wrapped IS NULL AND n.wrapped IS NOT NULL)
    ) THEN
      RAISE EXCEPTION 'A key stays with its identity, and an erased one does not come back' USING ERRCODE = 'VG003';
    END IF;
  END IF;
  INSERT INTO audit.entry (schema_name, table_name, row_id, operation, new_values, actor_id, actor_role, reason,
                           transaction_id, recorded_at)
  SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, n.id, lower(TG_OP),
         jsonb_build_object('id', n.id, 'identity_id', n.identity_id, 'site_id', n.site_id,
                            'held', n.wrapped IS NOT NULL, 'master', n.master),
         this_actor, nullif(current_setting('app.role', true), ''), this_reason, pg_current_xact_id(), clock.now()
  FROM new_rows n ORDER BY n.id;
  RETURN NULL;
END $body$;
"""
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
ERASED_STAYS_ERASED = """
CREATE FUNCTION vault.erased_stays_erased() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.erased_at IS NOT NULL AND (NEW.erased_at IS NULL OR NEW.ciphertext IS NOT NULL) THEN
    RAISE EXCEPTION 'An erased identity does not come back' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
CREATE TRIGGER identity_erased_stays_erased BEFORE UPDATE ON vault.identity
  FOR EACH ROW EXECUTE FUNCTION vault.erased_stays_erased();
ALTER TABLE vault.identity ENABLE ALWAYS TRIGGER identity_erased_stays_erased;
"""
# Beyond the own site a person learns that somebody is known, and neither who nor where.
KNOWN = "keyring.known_elsewhere(bigint, text, text, text)"
KNOWN_ELSEWHERE = """
CREATE FUNCTION keyring.known_elsewhere(of_site bigint, person text, phone text, email text)
RETURNS TABLE (kind text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
    SELECT wanted.kind
    FROM (VALUES ('person', person), ('phone', phone), ('email', email)) AS wanted(kind, digest)
    WHERE wanted.digest <> '' AND EXISTS (
      SELECT 1 FROM keyring.identity_key k
      JOIN public.trials_site s ON s.id = k.site_id
      JOIN public.trials_site own ON own.id = of_site
      WHERE s.trial_id = own.trial_id AND k.site_id <> of_site
        AND ((wanted.kind = 'person' AND k.person_digest = wanted.digest)
          OR (wanted.kind = 'phone' AND k.phone_digest = wanted.digest)
          OR (wanted.kind = 'email' AND k.email_digest = wanted.digest))
    );
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""
VIEWS = "audit.identity_views(text, integer)"
# Row security on the vault decides whose readings somebody sees.
IDENTITY_VIEWS = """
CREATE INDEX access_identity ON audit.access (split_part(subject, ':', 1), id) WHERE kind = 'identity';
CREATE FUNCTION audit.identity_views(of_identity text, most integer)
RETURNS TABLE (code text, person text, purpose text, viewed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT coalesce(p.screening_number, l.number), who.display_name, ltrim(substr(a.subject, strpos(a.subject, ':') + 1)),
         a.recorded_at
  FROM audit.access a
  JOIN vault.identity i ON i.public_id = split_part(a.subject, ':', 1)
  LEFT JOIN public.patients_participant p ON p.id = i.participant_id
  LEFT JOIN public.patients_lead l ON l.id = i.lead_id
  JOIN public.core_person who ON who.id = a.actor_id
  WHERE a.kind = 'identity' AND (of_identity IS NULL OR split_part(a.subject, ':', 1) = of_identity)
    AND i.site_id = ANY ((SELECT audit.visible_sites())::bigint[])
  ORDER BY a.id DESC LIMIT most
$body$;
"""


class Migration(migrations.Migration):
    """Nothing of a person is open to whoever does not need it."""

    dependencies = [("patients", "0002_guard"), ("core", "0002_memberships_and_signatures")]
    operations = [
        migrations.RunSQL(RECORD_KEY, reverse_sql="DROP FUNCTION audit.record_key();"),
        migrations.RunSQL(RECORD_SEAL, reverse_sql="DROP FUNCTION audit.record_seal();"),
        guard_table("identity", schema="vault"),
        guard_table("identity_key", schema="keyring", recorder="audit.record_key"),
        guard_table("consent_seal", schema="vault", append_only=True, stamped=True, recorder="audit.record_seal"),
        migrations.RunSQL(
            ERASED_STAYS_ERASED,
            reverse_sql="DROP TRIGGER identity_erased_stays_erased ON vault.identity;"
            " DROP FUNCTION vault.erased_stays_erased();",
        ),
        migrations.RunSQL(KNOWN_ELSEWHERE, reverse_sql=f"DROP FUNCTION {KNOWN};"),
        grant_function(KNOWN, login=settings.RUNTIME_LOGIN),
        migrations.RunSQL(IDENTITY_VIEWS, reverse_sql=f"DROP FUNCTION {VIEWS}; DROP INDEX audit.access_identity;"),
        grant_function(VIEWS, login=settings.RUNTIME_LOGIN),
    ]
