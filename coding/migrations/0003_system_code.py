"""Keeps the code of the system organ class, and lets the monitoring board group events by the class.

The function of the board is the pharmacy's; it reads a coding from here on, only while the words are those that were
coded.
"""

from django.conf import settings
from django.db import migrations, models

from core.guard import grant_function

EVENTS = """
DROP FUNCTION allocation.board_events(bigint);
CREATE FUNCTION allocation.board_events(of_trial bigint)
RETURNS TABLE (subject text, in_arm text, term text, severity text, serious boolean, causality text,
               sponsor_causality text, event_group text, abuse_related boolean, outcome text, aware_at timestamptz,
               system text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('monitoring board, events by arm', 'trial ' || of_trial);
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY
  SELECT n.participant_code::text, t.arm, n.term::text, n.severity::text, n.serious, n.causality::text,
         n.sponsor_causality::text, n.event_group::text, n.abuse_related, n.outcome::text, n.aware_at,
         coalesce(d.system, '')::text
  FROM public.safety_eventline n
  JOIN public.safety_adverseevent e ON e.id = n.event_id
  JOIN allocation.slot t ON t.participant_id = n.participant_id
  JOIN allocation.list l ON l.id = t.list_id AND l.trial_id = of_trial
  LEFT JOIN public.coding_coding c ON c.kind = 'event' AND c.source_id = e.public_id AND c.state = 'coded'
    AND c.verbatim = n.term
  LEFT JOIN public.coding_dictionaryterm d ON d.dictionary_id = c.dictionary_id AND d.code = c.code
  WHERE NOT n.nullified ORDER BY 1, n.event_id;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""


class Migration(migrations.Migration):
    """Versions that were loaded before have no code of the class; the next version that is loaded brings it."""

    dependencies = [("coding", "0002_guard"), ("pharmacy", "0006_figures_by_arm"), ("safety", "0004_event_lines")]
    operations = [
        migrations.AddField(
            "dictionaryterm",
            "system_code",
            models.CharField("code of the system organ class", max_length=12, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(EVENTS, reverse_sql=migrations.RunSQL.noop),
        grant_function("allocation.board_events(bigint)", login=settings.UNBLINDED_LOGIN),
    ]
