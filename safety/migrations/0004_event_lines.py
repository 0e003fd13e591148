"""Lets the database write the line of an event from its latest revision."""

from django.conf import settings
from django.db import migrations

COLUMNS = (
    "participant_id", "participant_code", "site_id", "aware_at", "revision", "term", "started_on", "ended_on",
    "ongoing", "severity", "serious", "causality", "sponsor_causality", "expectedness", "event_group", "abuse_related",
    "outcome", "nullified", "recorded_by_id",
)  # fmt: skip
# The later revision of an event wins, in whichever order revisions come.
# SECURITY DEFINER: no login may write a line by itself. Row security still judges by the person who writes.
TRIGGER = f"""
CREATE FUNCTION public.safety_keep_event_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
INSERT INTO public.safety_eventline (event_id, {", ".join(COLUMNS)}, recorded_at)
SELECT DISTINCT ON (r.event_id) r.event_id, e.participant_id, p.screening_number, e.site_id,
       coalesce(r.aware_at, e.site_aware_at), r.number, r.term, r.started_on, r.ended_on, r.ongoing, r.severity,
       cardinality(r.seriousness) > 0 AND NOT r.nullified, r.causality, r.sponsor_causality, r.expectedness,
       r.event_group, r.abuse_related, r.outcome, r.nullified, r.recorded_by_id, r.recorded_at
FROM new_rows r
JOIN public.safety_adverseevent e ON e.id = r.event_id
JOIN public.patients_participant p ON p.id = e.participant_id
ORDER BY r.event_id, r.number DESC
ON CONFLICT (event_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
WHERE excluded.revision > safety_eventline.revision;
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


class Migration(migrations.Migration):
    """What is listed of an event is always what was said of it last."""

    dependencies = [("safety", "0003_holds_end_by_review")]
    operations = [migrations.RunSQL(TRIGGER, reverse_sql=NO_TRIGGER)]
