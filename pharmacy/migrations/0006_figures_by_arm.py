"""Lets the unblinded statistician read by arm: the guesses, and what the monitoring board asks.

Counts and tables leave the schema, and nobody is named. The closed report stands in the schema of the allocation, on
which no login has a right, written once. Row security binds the owner too; the statistician, who has no site, reads
over all of them.
"""

from django.conf import settings
from django.db import migrations

from core.guard import audit_table, grant_function

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
TABLE = """
CREATE TABLE allocation.board_report (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trial_id bigint NOT NULL REFERENCES public.trials_trial (id),
  public_id text NOT NULL UNIQUE,
  content text NOT NULL CHECK (length(content) > 2),
  digest text NOT NULL CHECK (digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')),
  made_by_id bigint NOT NULL REFERENCES public.core_person (id),
  made_at timestamptz NOT NULL DEFAULT clock.now()
);
"""
# Row security binds the owner too; the statistician, who has no site, reads over all of them. Nobody is named by more
# than the screening number, which the board's tables do not show.
PEOPLE = """
CREATE FUNCTION allocation.board_people(of_trial bigint)
RETURNS TABLE (subject text, in_arm text, at_site text, standing text, first_dose_at timestamptz, sessions bigint,
               doses bigint, seen_until timestamptz, deviations bigint, important bigint, ideation_before integer,
               ideation_worst integer, systolic_before integer, systolic_highest integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('monitoring board, people by arm', 'trial ' || of_trial);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  WITH people AS (
    SELECT p.id, p.screening_number, t.arm, s.code, p.status, t.allocated_at,
           (SELECT min(d.initial_dose_at) FROM public.dosing_dosingsession d WHERE d.participant_id = p.id) AS dosed_at
    FROM allocation.slot t
    JOIN allocation.list l ON l.id = t.list_id AND l.trial_id = of_trial
    JOIN public.patients_participant p ON p.id = t.participant_id
    JOIN public.trials_site s ON s.id = p.site_id
  )
  SELECT x.screening_number::text, x.arm, x.code::text, x.status::text, x.dosed_at,
    (SELECT count(*) FROM public.dosing_dosingsession d
     WHERE d.participant_id = x.id AND d.initial_dose_at IS NOT NULL),
    (SELECT count(*) FROM public.dosing_doserecord r JOIN public.dosing_dosingsession d ON d.id = r.session_id
     WHERE d.participant_id = x.id AND r.decision = 'given' AND NOT r.withdrawn
       AND NOT EXISTS (SELECT 1 FROM public.dosing_doserecord a WHERE a.amends_id = r.id)),
    coalesce((SELECT max(v.ended_at) FROM public.patients_visit v WHERE v.participant_id = x.id), x.allocated_at),
    (SELECT count(*) FROM public.safety_deviation d WHERE d.participant_id = x.id AND d.state = 'accepted'),
    (SELECT count(*) FROM public.safety_deviation d
     WHERE d.participant_id = x.id AND d.state = 'accepted' AND d.importance = 'important'),
    (SELECT f.value::integer FROM public.patients_fact f WHERE f.participant_id = x.id AND f.variable = 'cssrs_ideation'
       AND f.observed_at < coalesce(x.dosed_at, 'infinity') ORDER BY f.observed_at DESC, f.id DESC LIMIT 1),
    (SELECT max(f.value::integer) FROM public.patients_fact f
     WHERE f.participant_id = x.id AND f.variable = 'cssrs_ideation' AND f.observed_at >= x.dosed_at),
    (SELECT v.systolic_mmhg::integer FROM public.dosing_vitalsigns v JOIN public.dosing_dosingsession d
       ON d.id = v.session_id WHERE d.participant_id = x.id AND v.observed_at <= x.dosed_at
       AND v.systolic_mmhg IS NOT NULL AND NOT v.withdrawn ORDER BY v.observed_at DESC, v.id DESC LIMIT 1),
    (SELECT max(v.systolic_mmhg)::integer FROM public.dosing_vitalsigns v JOIN public.dosing_dosingsession d
       ON d.id = v.session_id WHERE d.participant_id = x.id AND v.observed_at > x.dosed_at AND NOT v.withdrawn
       AND NOT EXISTS (SELECT 1 FROM public.dosing_vitalsigns a WHERE a.amends_id = v.id))
  FROM people x ORDER BY 1;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""
EVENTS = """
CREATE FUNCTION allocation.board_events(of_trial bigint)
RETURNS TABLE (subject text, in_arm text, term text, severity text, serious boolean, causality text,
               sponsor_causality text, event_group text, abuse_related boolean, outcome text, aware_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('monitoring board, events by arm', 'trial ' || of_trial);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT n.participant_code::text, t.arm, n.term::text, n.severity::text, n.serious, n.causality::text,
         n.sponsor_causality::text, n.event_group::text, n.abuse_related, n.outcome::text, n.aware_at
  FROM public.safety_eventline n
  JOIN allocation.slot t ON t.participant_id = n.participant_id
  JOIN allocation.list l ON l.id = t.list_id AND l.trial_id = of_trial
  WHERE NOT n.nullified ORDER BY 1, n.event_id;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""
KEEP = """
CREATE FUNCTION allocation.keep_board_report(of_trial bigint, key text, body text, with_digest text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint;
BEGIN
  INSERT INTO allocation.board_report (trial_id, public_id, content, digest, made_by_id)
  VALUES (of_trial, key, body, with_digest, actor) RETURNING id INTO made;
  RETURN made;
END $body$;

CREATE FUNCTION allocation.board_report(of_trial bigint, key text)
RETURNS TABLE (body text, digest text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('closed report of the monitoring board', key);
  RETURN QUERY SELECT r.content, r.digest FROM allocation.board_report r
    WHERE r.trial_id = of_trial AND r.public_id = key;
END $body$;
"""
FUNCTIONS = (
    "allocation.guesses_by_arm(bigint)",
    "allocation.board_people(bigint)",
    "allocation.board_events(bigint)",
    "allocation.keep_board_report(bigint, text, text, text)",
    "allocation.board_report(bigint, text)",
)


class Migration(migrations.Migration):
    """The indices of blinding are computed from these counts, and the board sees by arm what nobody blinded sees."""

    dependencies = [
        ("pharmacy", "0005_unblinding"),
        ("assessments", "0001_initial"),
        ("dosing", "0001_initial"),
        ("safety", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(TABLE, reverse_sql="DROP TABLE allocation.board_report;"),
        audit_table("board_report", schema="allocation"),
        migrations.RunSQL(
            [GUESSES, PEOPLE, EVENTS, KEEP],
            reverse_sql="".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS)),
        ),
        *(grant_function(name, login=settings.UNBLINDED_LOGIN) for name in FUNCTIONS),
    ]
