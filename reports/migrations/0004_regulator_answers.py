"""Lets the unblinded room read one case, keep what receivers answer, and be called when a case waits for it.

What calls is read on the login of the runtime: a case, its number and when its clock ends. No arm is in it, and it is
the same whatever the participant was given.
"""

from django.conf import settings
from django.db import migrations

from core.guard import audit_table, grant_function

TABLE = """
CREATE TABLE allocation.regulator_answer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transmission_id bigint NOT NULL REFERENCES allocation.regulator_transmission (id),
  number text NOT NULL,
  batch_code text NOT NULL CHECK (batch_code IN ('AA', 'AE', 'AR')),
  report_code text NOT NULL CHECK (report_code IN ('', 'CA', 'CR')),
  words text NOT NULL,
  content text NOT NULL CHECK (length(content) > 2),
  digest text NOT NULL,
  read_at timestamptz NOT NULL,
  recorded_by_id bigint NOT NULL REFERENCES public.core_person (id),
  UNIQUE (transmission_id, digest)
);
CREATE TRIGGER regulator_answer_kept BEFORE UPDATE OR DELETE ON allocation.regulator_answer
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.regulator_answer ENABLE ALWAYS TRIGGER regulator_answer_kept;
"""
COLUMNS = """
RETURNS TABLE (report_key text, subject text, at_site text, term text, by_investigator text, by_sponsor text,
               aware_on timestamptz, case_number text, kind text, reported_on timestamptz, unblinded_key text,
               unblinded_on timestamptz, unblinded_by text, sent text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
"""
# Row security binds the owner too; who reports has no site, and reads over all of them. No arm is in the rows.
ROWS = f"""
CREATE FUNCTION allocation.regulator_rows(related text[], only_report text) {COLUMNS}
DECLARE
  -- Whoever asked may be reading over all sites as well.
  before text := coalesce(current_setting('app.maintenance', true), '');
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT c.public_id::text, n.participant_code::text, s.code::text, n.term::text, n.causality::text,
    n.sponsor_causality::text, n.aware_at, c.safety_report_id::text, c.kind::text, c.made_at, r.public_id, r.made_at,
    p.display_name::text,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('receiver', t.receiver, 'name', t.receiver_name, 'reference',
            t.reference, 'sent_at', t.sent_at, 'answers',
            (SELECT coalesce(jsonb_agg(jsonb_build_object('number', w.number, 'batch_code', w.batch_code,
                    'report_code', w.report_code, 'words', w.words, 'read_at', w.read_at) ORDER BY w.id), '[]')
             FROM allocation.regulator_answer w WHERE w.transmission_id = t.id)) ORDER BY t.id), '[]')::text
     FROM allocation.regulator_transmission t WHERE t.report_id = r.id)
  FROM public.reports_casereport c
  JOIN public.safety_eventline n ON n.event_id = c.event_id
  JOIN public.trials_site s ON s.id = c.site_id
  JOIN allocation.slot a ON a.participant_id = n.participant_id
  LEFT JOIN allocation.regulator_report r ON r.case_report_id = c.id
  LEFT JOIN public.core_person p ON p.id = r.made_by_id
  WHERE (only_report IS NULL OR c.public_id = only_report)
    AND (r.id IS NOT NULL
         OR (n.serious AND n.expectedness = 'unexpected'
             AND (n.causality = ANY (related) OR n.sponsor_causality = ANY (related))
             AND NOT EXISTS (SELECT 1 FROM public.reports_casereport l
                             WHERE l.event_id = c.event_id AND l.number > c.number)))
  ORDER BY c.made_at DESC, c.id DESC;
  PERFORM set_config('app.maintenance', before, true);
END $body$;
REVOKE ALL ON FUNCTION allocation.regulator_rows(text[], text) FROM PUBLIC;
"""
CASES = f"""
DROP FUNCTION allocation.regulator_cases(text[]);
CREATE FUNCTION allocation.regulator_cases(related text[]) {COLUMNS}
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('cases for regulators', 'list');
  RETURN QUERY SELECT * FROM allocation.regulator_rows(related, NULL);
END $body$;

CREATE FUNCTION allocation.regulator_case(of_report text, related text[]) {COLUMNS}
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('case for regulators', of_report);
  RETURN QUERY SELECT * FROM allocation.regulator_rows(related, of_report);
END $body$;
"""
# The question is about one case, and reads no other.
ASK = """
CREATE OR REPLACE FUNCTION allocation.ask_to_report(of_report text, related text[], why text, asked_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  of_participant bigint;
  logged bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM allocation.regulator_rows(related, of_report) q WHERE q.unblinded_key IS NULL) THEN
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
"""
ANSWER = """
CREATE FUNCTION allocation.keep_regulator_answer(
  of_report text, from_receiver text, with_number text, of_batch text, of_case text, said text, body text,
  with_digest text, read_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  kept bigint;
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  INSERT INTO allocation.regulator_answer
    (transmission_id, number, batch_code, report_code, words, content, digest, read_at, recorded_by_id)
  SELECT t.id, with_number, of_batch, of_case, said, body, with_digest, read_on, actor
  FROM allocation.regulator_transmission t
  JOIN allocation.regulator_report r ON r.id = t.report_id
  JOIN public.reports_casereport c ON c.id = r.case_report_id
  WHERE c.public_id = of_report AND t.receiver = from_receiver
  ON CONFLICT (transmission_id, digest) DO NOTHING RETURNING id INTO kept;
  PERFORM set_config('app.maintenance', '', true);
  RETURN kept;
END $body$;
"""
# Read on the login of the runtime, by who holds the room: which case waits, and when the first of its clocks ends.
CALLS = """
CREATE FUNCTION allocation.regulator_calls(related text[], of_site text[])
RETURNS TABLE (report_key text, case_number text, is_made boolean, clock_rule text, started_on timestamptz,
               due_on timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT q.report_key, q.case_number, q.unblinded_key IS NOT NULL, k.rule::text, k.starts_at, k.due_at
  FROM allocation.regulator_rows(related, NULL) q
  JOIN public.reports_casereport c ON c.public_id = q.report_key
  LEFT JOIN LATERAL (
    SELECT l.rule, l.starts_at, l.due_at FROM public.safety_reportingclock l
    WHERE l.event_id = c.event_id AND l.met_at IS NULL AND l.superseded_at IS NULL AND l.rule <> ALL (of_site)
    ORDER BY l.due_at, l.id LIMIT 1) k ON true
  WHERE q.sent IS NULL OR q.sent = '[]'
  ORDER BY k.due_at, c.id;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""
UNBLINDED = (
    "allocation.regulator_cases(text[])",
    "allocation.regulator_case(text, text[])",
    "allocation.keep_regulator_answer(text, text, text, text, text, text, text, text, timestamptz)",
)
CALLING = "allocation.regulator_calls(text[], text[])"


class Migration(migrations.Migration):
    """One case at a time, with what became of its report."""

    dependencies = [("reports", "0003_regulators"), ("safety", "0008_mention_strength")]
    operations = [
        migrations.RunSQL(TABLE, reverse_sql="DROP TABLE allocation.regulator_answer;"),
        audit_table("regulator_answer", schema="allocation"),
        migrations.RunSQL([ROWS, CASES, ASK, ANSWER, CALLS], reverse_sql=migrations.RunSQL.noop),
        *(grant_function(name, login=settings.UNBLINDED_LOGIN) for name in UNBLINDED),
        grant_function(CALLING, login=settings.RUNTIME_LOGIN),
    ]
