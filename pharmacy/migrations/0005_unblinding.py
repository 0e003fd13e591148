"""Builds the ways in which one participant's arm is learnt: asked for in an emergency, or sealed in an envelope."""

from django.conf import settings
from django.db import migrations

from core.guard import audit_table, grant_function

LOG = """
CREATE TABLE allocation.reveal_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  participant_id bigint NOT NULL REFERENCES public.patients_participant (id),
  actor_id bigint NOT NULL REFERENCES public.core_person (id),
  reason text NOT NULL CHECK (btrim(reason) <> ''),
  transaction_id xid8 NOT NULL,
  asked_at timestamptz NOT NULL,
  logged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER reveal_log_kept BEFORE UPDATE OR DELETE ON allocation.reveal_log
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.reveal_log ENABLE ALWAYS TRIGGER reveal_log_kept;
"""
# The question is committed before the answer can be had: rolling back cannot hide that somebody was unblinded.
REVEAL = """
CREATE FUNCTION allocation.ask_to_reveal(of_participant bigint, why text, public_id text, asked_on timestamptz)
RETURNS TABLE (log_id bigint, unblinding_id bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  home bigint := (SELECT p.site_id FROM public.patients_participant p
                  WHERE p.id = of_participant AND p.site_id = ANY ((SELECT audit.visible_sites())::bigint[]));
  actor bigint;
  logged bigint;
  kept bigint;
BEGIN
  IF home IS NULL THEN
    RAISE EXCEPTION 'There is no such participant at the sites of the acting person' USING ERRCODE = 'VG104';
  END IF;
  actor := allocation.require_role(ARRAY['principal_investigator', 'medical_monitor'], home);
  IF NOT EXISTS (SELECT 1 FROM allocation.slot t WHERE t.participant_id = of_participant) THEN
    RAISE EXCEPTION 'The participant is not allocated' USING ERRCODE = 'VG109';
  END IF;
  INSERT INTO allocation.reveal_log (participant_id, actor_id, reason, transaction_id, asked_at)
  VALUES (of_participant, actor, why, pg_current_xact_id(), asked_on) RETURNING id INTO logged;
  INSERT INTO public.pharmacy_unblinding (public_id, participant_id, reason, unblinded_at, site_id, recorded_by_id)
  VALUES (public_id, of_participant, why, asked_on, home, actor) RETURNING id INTO kept;
  RETURN QUERY SELECT logged, kept;
END $body$;

CREATE FUNCTION allocation.reveal(of_log bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  asked record;
BEGIN
  SELECT g.participant_id, g.transaction_id INTO asked FROM allocation.reveal_log g
  WHERE g.id = of_log AND g.actor_id = audit.actor() AND g.logged_at > clock_timestamp() - interval '5 minutes';
  IF NOT FOUND OR pg_xact_status(asked.transaction_id) IS DISTINCT FROM 'committed' THEN
    RAISE EXCEPTION 'The question is not on record' USING ERRCODE = 'VG110';
  END IF;
  PERFORM allocation.require_role(ARRAY['principal_investigator', 'medical_monitor'], p.site_id)
  FROM public.patients_participant p WHERE p.id = asked.participant_id;
  RETURN (SELECT t.arm FROM allocation.slot t WHERE t.participant_id = asked.participant_id);
END $body$;

CREATE FUNCTION allocation.drill(of_participant bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['principal_investigator', 'medical_monitor'], p.site_id)
  FROM public.patients_participant p WHERE p.id = of_participant;
  RETURN EXISTS (SELECT 1 FROM allocation.slot t WHERE t.participant_id = of_participant);
END $body$;
"""
# The envelope's row is committed with the reading of the arm: none leaves the house without standing on record.
ENVELOPE = """
CREATE FUNCTION allocation.issue_envelope(of_participant bigint, public_id text, issued_on timestamptz)
RETURNS TABLE (envelope bigint, holds_arm text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  home bigint := (SELECT p.site_id FROM public.patients_participant p WHERE p.id = of_participant);
  actor bigint := allocation.require_role(ARRAY['pharmacist'], home);
  arm_of text := (SELECT t.arm FROM allocation.slot t WHERE t.participant_id = of_participant);
  made bigint;
BEGIN
  IF home IS NULL OR arm_of IS NULL THEN
    RAISE EXCEPTION 'The participant is not allocated' USING ERRCODE = 'VG109';
  END IF;
  PERFORM audit.log_access('sealed envelope', of_participant::text);
  INSERT INTO public.pharmacy_envelope (public_id, participant_id, state, issued_at, digest, site_id, recorded_by_id)
  VALUES (public_id, of_participant, 'issued', issued_on, '', home, actor) RETURNING id INTO made;
  RETURN QUERY SELECT made, arm_of;
END $body$;
"""
UNBLINDED_MAY_CALL = (
    "allocation.ask_to_reveal(bigint, text, text, timestamptz)",
    "allocation.reveal(bigint)",
    "allocation.drill(bigint)",
    "allocation.issue_envelope(bigint, text, timestamptz)",
)


class Migration(migrations.Migration):
    """Nobody learns an arm without standing on record."""

    dependencies = [("pharmacy", "0004_ledger")]
    operations = [
        migrations.RunSQL([LOG, REVEAL, ENVELOPE], reverse_sql=migrations.RunSQL.noop),
        audit_table("reveal_log", schema="allocation"),
        *(grant_function(signature, login=settings.UNBLINDED_LOGIN) for signature in UNBLINDED_MAY_CALL),
    ]
