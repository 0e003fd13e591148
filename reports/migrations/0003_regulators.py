"""Builds the room in which a case is unblinded for regulators: its list, its log, the report and that it was sent.

The report stands in the schema of the allocation, on which no login has a right. What the blinded side reads is one
row that says that a case was reported, and it is the same whatever the participant was given.
"""

from django.conf import settings
from django.db import migrations

from core.guard import audit_table, grant_function

TABLES = """
CREATE TABLE allocation.regulator_report (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id text NOT NULL UNIQUE,
  case_report_id bigint NOT NULL UNIQUE REFERENCES public.reports_casereport (id),
  log_id bigint NOT NULL REFERENCES allocation.reveal_log (id),
  arm text NOT NULL,
  content text NOT NULL CHECK (length(content) > 2),
  digest text NOT NULL CHECK (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')),
  made_by_id bigint NOT NULL REFERENCES public.core_person (id),
  made_at timestamptz NOT NULL
);
CREATE TABLE allocation.regulator_transmission (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  report_id bigint NOT NULL REFERENCES allocation.regulator_report (id),
  receiver text NOT NULL,
  receiver_name text NOT NULL,
  reference text NOT NULL CHECK (btrim(reference) <> ''),
  sent_at timestamptz NOT NULL,
  recorded_by_id bigint NOT NULL REFERENCES public.core_person (id),
  UNIQUE (report_id, receiver)
);
CREATE TRIGGER regulator_report_kept BEFORE UPDATE OR DELETE ON allocation.regulator_report
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.regulator_report ENABLE ALWAYS TRIGGER regulator_report_kept;
CREATE TRIGGER regulator_transmission_kept BEFORE UPDATE OR DELETE ON allocation.regulator_transmission
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.regulator_transmission ENABLE ALWAYS TRIGGER regulator_transmission_kept;
"""
# Row security binds the owner too; who reports has no site, and reads over all of them. No arm is in the list.
CASES = """
CREATE FUNCTION allocation.regulator_cases(related text[])
RETURNS TABLE (report_key text, subject text, at_site text, term text, by_investigator text, by_sponsor text,
               aware_on timestamptz, case_number text, kind text, reported_on timestamptz, unblinded_key text,
               unblinded_on timestamptz, unblinded_by text, sent text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('cases for regulators', 'list');
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT c.public_id::text, n.participant_code::text, s.code::text, n.term::text, n.causality::text,
    n.sponsor_causality::text, n.aware_at, c.safety_report_id::text, c.kind::text, c.made_at, r.public_id, r.made_at,
    p.display_name::text,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('receiver', t.receiver, 'name', t.receiver_name, 'reference',
            t.reference, 'sent_at', t.sent_at) ORDER BY t.id), '[]')::text
     FROM allocation.regulator_transmission t WHERE t.report_id = r.id)
  FROM public.reports_casereport c
  JOIN public.safety_eventline n ON n.event_id = c.event_id
  JOIN public.trials_site s ON s.id = c.site_id
  JOIN allocation.slot a ON a.participant_id = n.participant_id
  LEFT JOIN allocation.regulator_report r ON r.case_report_id = c.id
  LEFT JOIN public.core_person p ON p.id = r.made_by_id
  WHERE r.id IS NOT NULL
     OR (n.serious AND n.expectedness = 'unexpected'
         AND (n.causality = ANY (related) OR n.sponsor_causality = ANY (related))
         AND NOT EXISTS (SELECT 1 FROM public.reports_casereport l
                         WHERE l.event_id = c.event_id AND l.number > c.number))
  ORDER BY c.made_at DESC, c.id DESC;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""
# As in an emergency, the question is committed before the answer can be had.
REVEAL = """
CREATE FUNCTION allocation.ask_to_report(of_report text, related text[], why text, asked_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  of_participant bigint;
  logged bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM allocation.regulator_cases(related) q
                 WHERE q.report_key = of_report AND q.unblinded_key IS NULL) THEN
    RAISE EXCEPTION 'The case is not open for an unblinded report' USING ERRCODE = 'VG117';
  END IF;
  PERFORM set_config('app.maintenance', 'on', true);
  SELECT e.participant_id INTO of_participant
  FROM public.reports_casereport c JOIN public.safety_adverseevent e ON e.id = c.event_id
  WHERE c.public_id = of_report;
  PERFORM set_config('app.maintenance', '', true);
  INSERT INTO allocation.reveal_log (participant_id, actor_id, reason, transaction_id, asked_at)
  VALUES (of_participant, actor, why, pg_current_xact_id(), asked_on) RETURNING id INTO logged;
  RETURN logged;
END $body$;

CREATE FUNCTION allocation.reveal_case(of_log bigint, of_report text)
RETURNS TABLE (in_arm text, body text, of_version text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  asked record;
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  SELECT g.participant_id, g.transaction_id INTO asked FROM allocation.reveal_log g
  WHERE g.id = of_log AND g.actor_id = audit.actor() AND g.logged_at > clock_timestamp() - interval '5 minutes';
  IF NOT FOUND OR pg_xact_status(asked.transaction_id) IS DISTINCT FROM 'committed' THEN
    RAISE EXCEPTION 'The question is not on record' USING ERRCODE = 'VG110';
  END IF;
  PERFORM audit.log_access('case unblinded for regulators', of_report);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT t.arm, c.content, v.digest::text
  FROM public.reports_casereport c
  JOIN public.safety_adverseevent e ON e.id = c.event_id AND e.participant_id = asked.participant_id
  JOIN public.patients_participant p ON p.id = e.participant_id
  JOIN public.trials_protocolversion v ON v.id = p.protocol_version_id
  JOIN allocation.slot t ON t.participant_id = p.id
  WHERE c.public_id = of_report;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""
KEEP = """
CREATE FUNCTION allocation.keep_regulator_report(
  of_log bigint, of_report text, key text, body text, with_digest text, made_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint;
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  INSERT INTO allocation.regulator_report
    (public_id, case_report_id, log_id, arm, content, digest, made_by_id, made_at)
  SELECT key, c.id, g.id, t.arm, body, with_digest, actor, made_on
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

CREATE FUNCTION allocation.regulator_report(of_report text)
RETURNS TABLE (body text, of_version text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('unblinded report', of_report);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT r.content, v.digest::text
  FROM allocation.regulator_report r
  JOIN public.reports_casereport c ON c.id = r.case_report_id
  JOIN public.safety_adverseevent e ON e.id = c.event_id
  JOIN public.patients_participant p ON p.id = e.participant_id
  JOIN public.trials_protocolversion v ON v.id = p.protocol_version_id
  WHERE c.public_id = of_report;
  PERFORM set_config('app.maintenance', '', true);
END $body$;

CREATE FUNCTION allocation.record_regulator_transmission(
  of_report text, to_receiver text, to_name text, with_reference text, sent_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  kept bigint;
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  INSERT INTO allocation.regulator_transmission
    (report_id, receiver, receiver_name, reference, sent_at, recorded_by_id)
  SELECT r.id, to_receiver, to_name, with_reference, sent_on, actor
  FROM allocation.regulator_report r JOIN public.reports_casereport c ON c.id = r.case_report_id
  WHERE c.public_id = of_report
  ON CONFLICT (report_id, receiver) DO NOTHING RETURNING id INTO kept;
  IF kept IS NOT NULL THEN
    INSERT INTO public.safety_regulatornotice (event_id, reported_at, site_id, recorded_by_id)
    SELECT c.event_id, sent_on, c.site_id, actor FROM public.reports_casereport c WHERE c.public_id = of_report
    ON CONFLICT (event_id) DO NOTHING;
  END IF;
  PERFORM set_config('app.maintenance', '', true);
  RETURN kept;
END $body$;
"""
FUNCTIONS = (
    "allocation.regulator_cases(text[])",
    "allocation.ask_to_report(text, text[], text, timestamptz)",
    "allocation.reveal_case(bigint, text)",
    "allocation.keep_regulator_report(bigint, text, text, text, text, timestamptz)",
    "allocation.regulator_report(text)",
    "allocation.record_regulator_transmission(text, text, text, text, timestamptz)",
)


class Migration(migrations.Migration):
    """A regulator reads what was given; nobody else who is blinded does."""

    dependencies = [
        ("reports", "0002_guard"),
        ("pharmacy", "0006_figures_by_arm"),
        ("safety", "0007_regulator_notice_guard"),
    ]
    operations = [
        migrations.RunSQL(
            TABLES,
            reverse_sql="DROP TABLE allocation.regulator_transmission; DROP TABLE allocation.regulator_report;",
        ),
        *(audit_table(table, schema="allocation") for table in ("regulator_report", "regulator_transmission")),
        migrations.RunSQL(
            [CASES, REVEAL, KEEP], reverse_sql="".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))
        ),
        *(grant_function(name, login=settings.UNBLINDED_LOGIN) for name in FUNCTIONS),
    ]
