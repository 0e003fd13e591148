"""No hold is lifted without a review that ends it and is signed, whatever lifts it."""

from django.db import migrations

REFUSE_LIFT = """
CREATE FUNCTION "public"."safety_refuse_lift_{column}"() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM "public"."safety_holdreview" r
       JOIN "public"."core_signature" s ON s.record_table = 'safety_holdreview' AND s.record_id = r.id
       WHERE r.{column}_id = NEW.id AND r.decision = 'release' AND s.superseded_at IS NULL
         AND s.signer_id = NEW.lifted_by_id) THEN
    RAISE EXCEPTION 'This hold is ended by a signed review and by nothing else' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
"""
HOLDS = {"hold": "dosing_dosinghold", "trial_hold": "dosing_trialhold"}


def _statements(column: str, table: str) -> list[str]:
    return [
        REFUSE_LIFT.format(column=column),
        f'CREATE TRIGGER {table}_lift BEFORE UPDATE ON "public"."{table}" '
        f'FOR EACH ROW EXECUTE FUNCTION "public"."safety_refuse_lift_{column}"();',
        f'ALTER TABLE "public"."{table}" ENABLE ALWAYS TRIGGER {table}_lift;',
    ]


def _reverse(column: str, table: str) -> list[str]:
    return [
        f'DROP TRIGGER {table}_lift ON "public"."{table}";',
        f'DROP FUNCTION "public"."safety_refuse_lift_{column}"();',
    ]


class Migration(migrations.Migration):
    """Lifting a hold takes the signature of the same person under a review that ends it."""

    dependencies = [("safety", "0002_guard"), ("dosing", "0002_guard")]
    operations = [
        migrations.RunSQL(_statements(column, table), reverse_sql=_reverse(column, table))
        for column, table in HOLDS.items()
    ]
