"""Lets the unblinded statistician read what the monitoring board asks by arm, and keeps each closed report as it was.

The closed report stands in the schema of the allocation, on which no login has a right; the open one, which has no arm,
is a table like any other. Both are written once.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.guard import audit_table, grant_function, guard_table

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
    "allocation.board_people(bigint)",
    "allocation.board_events(bigint)",
    "allocation.keep_board_report(bigint, text, text, text)",
    "allocation.board_report(bigint, text)",
)


class Migration(migrations.Migration):
    """The board sees by arm what nobody blinded sees; what it saw stays as it was."""

    dependencies = [
        ("pharmacy", "0007_guesses_by_arm"),
        ("safety", "0012_office_guard"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunSQL(TABLE, reverse_sql="DROP TABLE allocation.board_report;"),
        audit_table("board_report", schema="allocation"),
        migrations.RunSQL(
            [PEOPLE, EVENTS, KEEP], reverse_sql="".join(f"DROP FUNCTION {name};" for name in reversed(FUNCTIONS))
        ),
        *(grant_function(name, login=settings.UNBLINDED_LOGIN) for name in FUNCTIONS),
        migrations.CreateModel(
            name="OpenBoardReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", core.identifiers.PublicIdField(prefix="dmc")),
                ("title", models.CharField(max_length=120)),
                ("content", models.TextField()),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the content")),
                ("cut_off_at", models.DateTimeField()),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.trial"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BoardRecommendation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "recommendation",
                    models.CharField(
                        choices=[
                            ("continue", "Continue as planned"),
                            ("modify", "Continue with changes"),
                            ("pause", "Pause enrolment or dosing"),
                            ("stop", "Stop the trial"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(verbose_name="what the board says")),
                ("met_on", models.DateField()),
                ("submission_id", models.UUIDField(unique=True)),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recommendations",
                        to="pharmacy.openboardreport",
                    ),
                ),
            ],
        ),
        guard_table("pharmacy_openboardreport", site=None, append_only=True, stamped=True),
        guard_table("pharmacy_boardrecommendation", site=None, append_only=True, stamped=True),
    ]
