"""Keeps the time of recording as it was first set: no change of a row moves it."""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION clock.stamp() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.recorded_at := CASE WHEN TG_OP = 'INSERT' THEN clock.now() ELSE OLD.recorded_at END;
  RETURN NEW;
END $body$;
"""
SET_ON_INSERT = """
CREATE OR REPLACE FUNCTION clock.stamp() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.recorded_at := clock.now();
  RETURN NEW;
END $body$;
"""
# Tables that were guarded before this; whatever is guarded later comes with the trigger for both.
TRIGGERS = """
DO $body$
DECLARE
  each record;
BEGIN
  FOR each IN
    SELECT t.tgname AS name, t.tgrelid::regclass AS target FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'clock' AND p.proname = 'stamp' AND NOT t.tgisinternal
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', each.name, each.target);
    EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION clock.stamp()',
                   each.name, each.target);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', each.target, each.name);
  END LOOP;
END $body$;
"""


class Migration(migrations.Migration):
    """A time of recording that a change could move would prove nothing."""

    dependencies = [("core", "0006_audit_history_of_rows")]
    operations = [
        migrations.RunSQL(KEEP, reverse_sql=SET_ON_INSERT),
        migrations.RunSQL(TRIGGERS, reverse_sql=migrations.RunSQL.noop),
    ]
