"""Lets the database refuse every dose past a hold, whatever writes it.

A dose and a hold wait for each other, so that of two at the same moment the one that comes second sees the first.
"""

from django.db import migrations

# What keeps a dose apart from a hold at the same moment: a dose shares the lock, a hold has it alone.
REFUSE_DOSE = """
CREATE FUNCTION "public"."dosing_refuse_dose_past_hold"() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  of_participant bigint;
  of_trial bigint;
  held text;
BEGIN
  IF NEW.decision <> 'given' OR (NEW.amends_id IS NOT NULL AND EXISTS (
       SELECT 1 FROM "public"."dosing_doserecord" d WHERE d.id = NEW.amends_id AND d.decision = 'given')) THEN
    RETURN NEW;
  END IF;
  SELECT s.participant_id, t.trial_id INTO of_participant, of_trial
    FROM "public"."dosing_dosingsession" s JOIN "public"."trials_site" t ON t.id = s.site_id WHERE s.id = NEW.session_id;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('hold of participant', of_participant));
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('hold of trial', of_trial));
  SELECT rule INTO held FROM (
    SELECT rule FROM "public"."dosing_dosinghold" WHERE participant_id = of_participant AND lifted_at IS NULL
    UNION ALL
    SELECT rule FROM "public"."dosing_trialhold" WHERE trial_id = of_trial AND lifted_at IS NULL) open_holds LIMIT 1;
  IF held IS NOT NULL THEN
    RAISE EXCEPTION 'Dosing is on hold by %: no dose can be recorded as given', held USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
"""  # noqa: E501
WAIT = """
CREATE FUNCTION "public"."dosing_hold_{of}_waits"() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('hold of {of}', NEW.{of}_id));
  RETURN NEW;
END $body$;
"""


def _trigger(name: str, *, table: str, when: str, function: str) -> list[str]:
    return [
        f'CREATE TRIGGER {name} BEFORE {when} ON "public"."{table}" '
        f'FOR EACH ROW EXECUTE FUNCTION "public"."{function}"();',
        f'ALTER TABLE "public"."{table}" ENABLE ALWAYS TRIGGER {name};',
    ]


class Migration(migrations.Migration):
    """No dose is recorded as given while a hold of the participant or of the trial is open."""

    dependencies = [("dosing", "0002_guard")]
    operations = [
        migrations.RunSQL(
            [
                REFUSE_DOSE,
                WAIT.format(of="participant"),
                WAIT.format(of="trial"),
                *_trigger(
                    "dosing_doserecord_past_hold",
                    table="dosing_doserecord",
                    when="INSERT",
                    function="dosing_refuse_dose_past_hold",
                ),
                *_trigger(
                    "dosing_dosinghold_waits",
                    table="dosing_dosinghold",
                    when="INSERT",
                    function="dosing_hold_participant_waits",
                ),
                *_trigger(
                    "dosing_trialhold_waits",
                    table="dosing_trialhold",
                    when="INSERT",
                    function="dosing_hold_trial_waits",
                ),
            ],
            reverse_sql=[
                'DROP TRIGGER dosing_doserecord_past_hold ON "public"."dosing_doserecord";',
                'DROP TRIGGER dosing_dosinghold_waits ON "public"."dosing_dosinghold";',
                'DROP TRIGGER dosing_trialhold_waits ON "public"."dosing_trialhold";',
                'DROP FUNCTION "public"."dosing_refuse_dose_past_hold"();',
                'DROP FUNCTION "public"."dosing_hold_participant_waits"();',
                'DROP FUNCTION "public"."dosing_hold_trial_waits"();',
            ],
        ),
    ]
