"""Gives the document of each protocol version a row of its own, which only those fetch who read it."""

import django.db.models.deletion
from django.db import migrations, models

import core.clock
from core.guard import guard_table

# The documents are written as whoever loaded them, once the table has its locks: the audit tells of them as well.
MOVE = """
DO $body$
DECLARE
  loaded record;
BEGIN
  FOR loaded IN SELECT id, source, recorded_by_id FROM public.trials_protocolversion ORDER BY id LOOP
    PERFORM set_config('app.actor', loaded.recorded_by_id::text, true),
            set_config('app.reason', 'Document kept apart from its version', true);
    INSERT INTO public.trials_protocoldocument (version_id, text, recorded_by_id)
    VALUES (loaded.id, loaded.source, loaded.recorded_by_id);
  END LOOP;
  PERFORM set_config('app.actor', '', true), set_config('app.reason', '', true);
END $body$;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    """A version is asked for with nearly every participant; its hundred kilobytes of text are not."""

    dependencies = [("trials", "0002_guard")]
    operations = [
        migrations.CreateModel(
            name="ProtocolDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="document as loaded (YAML)")),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.person"),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="document",
                        to="trials.protocolversion",
                    ),
                ),
            ],
        ),
        guard_table("trials_protocoldocument", site=None, append_only=True, stamped=True),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveField("protocolversion", "source"),
    ]
