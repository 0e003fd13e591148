"""Seals the unblinded reports to regulators and what was answered, as the rest of what tells an arm.

Their digests are not kept any more: with the blinded report in the hand, one could be tried out with one product and
the other. That an answer is kept once is told by its ciphertext, which is the same for the same answer.
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
ALTER TABLE allocation.regulator_answer DROP CONSTRAINT regulator_answer_content_check, DROP COLUMN digest;
SELECT allocation.move_to_sealed('regulator_answer');
UPDATE audit.entry SET new_values = new_values - 'digest'
WHERE schema_name = 'sealed' AND table_name = 'regulator_answer';
SELECT allocation.seal_column('regulator_answer', 'words', 2048, 'transmission_id', 'number');
SELECT allocation.seal_column('regulator_answer', 'content', 16384, 'transmission_id');
CREATE UNIQUE INDEX regulator_answer_once ON sealed.regulator_answer (transmission_id, sha256(content));
CREATE VIEW allocation.regulator_report AS
  SELECT r.id, r.public_id, r.case_report_id, r.log_id,
         allocation.opened(r.arm, 'regulator_report.arm ' || r.public_id) AS arm,
         allocation.opened(r.content, 'regulator_report.content ' || r.public_id) AS content, r.made_by_id, r.made_at
  FROM sealed.regulator_report r;
"""
# The call on the worklist is read on the runtime's login, to which no key is lent: there, answers are not read.
ANSWERS = """
CREATE FUNCTION allocation.answers_to(transmission bigint) RETURNS jsonb LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $body$
BEGIN
  IF coalesce(current_setting('app.allocation_key', true), '') = '' THEN RETURN '[]'; END IF;
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'number', w.number, 'batch_code', w.batch_code, 'report_code', w.report_code, 'words', allocation.opened(
        w.words, 'regulator_answer.words ' || concat_ws(' ', w.transmission_id, w.number)),
      'read_at', w.read_at) ORDER BY w.id), '[]')
    FROM sealed.regulator_answer w WHERE w.transmission_id = transmission);
END $body$;

CREATE OR REPLACE FUNCTION allocation.regulator_rows(related text[], only_report text)
RETURNS TABLE (report_key text, subject text, at_site text, term text, by_investigator text, by_sponsor text,
               aware_on timestamptz, case_number text, kind text, reported_on timestamptz, unblinded_key text,
               unblinded_on timestamptz, unblinded_by text, sent text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
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
            t.reference, 'sent_at', t.sent_at, 'answers', allocation.answers_to(t.id)) ORDER BY t.id), '[]')::text
     FROM allocation.regulator_transmission t WHERE t.report_id = r.id)
  FROM public.reports_casereport c
  JOIN public.safety_eventline n ON n.event_id = c.event_id
  JOIN public.trials_site s ON s.id = c.site_id
  JOIN sealed.slot a ON a.participant_id = n.participant_id
  LEFT JOIN sealed.regulator_report r ON r.case_report_id = c.id
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

DROP FUNCTION allocation.keep_regulator_answer(text, text, text, text, text, text, text, text, timestamptz);
CREATE FUNCTION allocation.keep_regulator_answer(
  of_report text, from_receiver text, with_number text, of_batch text, of_case text, said text, body text,
  read_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  kept bigint;
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  INSERT INTO sealed.regulator_answer
    (transmission_id, number, batch_code, report_code, words, content, read_at, recorded_by_id)
  SELECT t.id, with_number, of_batch, of_case,
         allocation.seal(said, 'regulator_answer.words ' || concat_ws(' ', t.id, with_number), 2048),
         allocation.seal(body, 'regulator_answer.content ' || t.id, 16384), read_on, actor
  FROM allocation.regulator_transmission t
  JOIN sealed.regulator_report r ON r.id = t.report_id
  JOIN public.reports_casereport c ON c.id = r.case_report_id
  WHERE c.public_id = of_report AND t.receiver = from_receiver
  ON CONFLICT (transmission_id, sha256(content)) DO NOTHING RETURNING id INTO kept;
  PERFORM set_config('app.maintenance', '', true);
  RETURN kept;
END $body$;
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

    dependencies = [("reports", "0004_regulator_answers"), ("pharmacy", "0009_ledger_by_unit")]
    operations = [
        migrations.RunPython(lend_key, migrations.RunPython.noop),
        migrations.RunSQL([SEALED, ANSWERS, KEEP], reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(
            "REVOKE ALL ON FUNCTION allocation.answers_to(bigint) FROM PUBLIC;", reverse_sql=migrations.RunSQL.noop
        ),
        grant_function(
            "allocation.keep_regulator_report(bigint, text, text, text, timestamptz)", login=settings.UNBLINDED_LOGIN
        ),
        grant_function(
            "allocation.keep_regulator_answer(text, text, text, text, text, text, text, timestamptz)",
            login=settings.UNBLINDED_LOGIN,
        ),
    ]
