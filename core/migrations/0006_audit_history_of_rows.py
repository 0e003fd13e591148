"""One person's whole record is read at once: the history of many rows, in pages that count from the oldest entry."""

from django.conf import settings
from django.db import migrations

SIGNATURE = "audit.history_of_rows(text[], bigint[], bigint, integer)"
# Row security decides which rows a reader can name; the site of each entry is asked again here.
HISTORY_OF_ROWS = """
CREATE FUNCTION audit.history_of_rows(of_tables text[], of_rows bigint[], up_to bigint, most integer)
RETURNS TABLE (place bigint, total bigint, table_name text, operation text, old_values jsonb, new_values jsonb,
               actor_id bigint, actor_role text, reason text, recorded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  WITH sites AS (SELECT audit.visible_sites() AS ids),
  found AS (
    SELECT e.id, row_number() OVER (ORDER BY e.id) AS place, count(*) OVER () AS total
    FROM unnest(of_tables, of_rows) AS wanted(name, number)
    JOIN audit.entry e ON e.table_name = wanted.name AND e.row_id = wanted.number AND e.schema_name = 'public'
    CROSS JOIN sites
    WHERE (e.new_values ->> 'site_id') IS NULL OR (e.new_values ->> 'site_id')::bigint = ANY (sites.ids)
  )
  SELECT f.place, f.total, e.table_name, e.operation, e.old_values, e.new_values, e.actor_id, e.actor_role, e.reason,
         e.recorded_at
  FROM found f JOIN audit.entry e ON e.id = f.id
  WHERE up_to IS NULL OR f.place <= up_to
  ORDER BY f.place DESC LIMIT most
$body$;
"""


def _rights() -> list[str]:
    both = f'"{settings.RUNTIME_LOGIN}", "{settings.UNBLINDED_LOGIN}"'
    return [f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC;", f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO {both};"]


class Migration(migrations.Migration):
    """The runtime still has no right on the audit itself."""

    dependencies = [("core", "0005_acceptance")]
    operations = [
        migrations.RunSQL([HISTORY_OF_ROWS, *_rights()], reverse_sql=f"DROP FUNCTION {SIGNATURE};"),
    ]
