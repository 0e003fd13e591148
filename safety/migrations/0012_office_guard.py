"""Locks what the safety office keeps, and lets the database write the line of an event from its latest revision."""

from typing import Any

from django.conf import settings
from django.db import migrations

from core.guard import guard_table

COLUMNS = (
    "participant_id", "participant_code", "site_id", "aware_at", "revision", "term", "started_on", "ended_on",
    "ongoing", "severity", "serious", "causality", "sponsor_causality", "expectedness", "event_group", "abuse_related",
    "outcome", "nullified", "recorded_by_id",
)  # fmt: skip
# The later revision of an event wins, in whichever order revisions come.
LINES = f"""
INSERT INTO public.safety_eventline (event_id, {", ".join(COLUMNS)}, recorded_at)
SELECT DISTINCT ON (r.event_id) r.event_id, e.participant_id, p.screening_number, e.site_id,
       coalesce(r.aware_at, e.site_aware_at), r.number, r.term, r.started_on, r.ended_on, r.ongoing, r.severity,
       cardinality(r.seriousness) > 0 AND NOT r.nullified, r.causality, r.sponsor_causality, r.expectedness,
       r.event_group, r.abuse_related, r.outcome, r.nullified, r.recorded_by_id, r.recorded_at
FROM {{rows}} r
JOIN public.safety_adverseevent e ON e.id = r.event_id
JOIN public.patients_participant p ON p.id = e.participant_id
ORDER BY r.event_id, r.number DESC
ON CONFLICT (event_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
WHERE excluded.revision > safety_eventline.revision"""
# SECURITY DEFINER: no login may write a line by itself. Row security still judges by the person who writes.
TRIGGER = f"""
CREATE FUNCTION public.safety_keep_event_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  {LINES.format(rows="new_rows")};
  RETURN NULL;
END $body$;
CREATE TRIGGER safety_event_line AFTER INSERT ON public.safety_adverseeventrevision
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.safety_keep_event_line();
ALTER TABLE public.safety_adverseeventrevision ENABLE ALWAYS TRIGGER safety_event_line;
REVOKE INSERT ON public.safety_eventline FROM "{settings.RUNTIME_LOGIN}";
"""
NO_TRIGGER = """
DROP TRIGGER safety_event_line ON public.safety_adverseeventrevision;
DROP FUNCTION public.safety_keep_event_line();
"""


def list_earlier_events(apps: Any, schema_editor: Any) -> None:
    """Writes the line of every event that was there before there were lines; twice does nothing more."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.maintenance', 'on', true),"
            " set_config('app.reason', 'Events listed in one line each', true),"
            " set_config('app.actor', (SELECT id::text FROM core_person WHERE username = 'system:setup'), true)"
        )
        cursor.execute(LINES.format(rows="public.safety_adverseeventrevision"))
        cursor.execute("SELECT set_config('app.maintenance', '', true)")


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("safety", "0011_office")]
    operations = [
        guard_table("safety_eventline", append_only=True, stamped=True),
        guard_table("safety_savedlisting", site=None, also="person_id = (SELECT audit.actor())"),
        guard_table("safety_findingdecision", append_only=True, stamped=True),
        migrations.RunSQL(TRIGGER, reverse_sql=NO_TRIGGER),
        migrations.RunPython(list_earlier_events, migrations.RunPython.noop),
    ]
