"""The stream of a session, as SQL that migrations run: every entry gets a place in it, and those who listen are told.

The place is taken under a lock of the session's row that is held until the commit. So the sequence has no holes, and
its order is that of the commits: whoever has read up to a number has missed nothing before it. What is told is the
session and the number, never what was recorded.
"""

from django.conf import settings
from django.db import migrations

from core.guard import IDENTIFIER

CHANNEL = "dosing_stream"

APPEND = f"""
CREATE FUNCTION public.dosing_append_to_stream() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  name text;
  place integer;
BEGIN
  SELECT public_id INTO STRICT name FROM public.dosing_dosingsession WHERE id = NEW.session_id FOR NO KEY UPDATE;
  SELECT coalesce(max(sequence), 0) + 1 INTO place FROM public.dosing_streamposition WHERE session_id = NEW.session_id;
  INSERT INTO public.dosing_streamposition (session_id, site_id, sequence, kind, entry, recorded_by_id)
  VALUES (NEW.session_id, NEW.site_id, place, TG_ARGV[0], NEW.public_id, NEW.recorded_by_id);
  PERFORM pg_notify('{CHANNEL}', name || ' ' || place);
  RETURN NULL;
END $body$;

CREATE FUNCTION public.dosing_tell_of_state() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM pg_notify('{CHANNEL}', NEW.public_id || ' ' || coalesce(max(sequence), 0)) FROM public.dosing_streamposition
  WHERE session_id = NEW.id;
  RETURN NULL;
END $body$;

CREATE TRIGGER dosing_dosingsession_stream AFTER UPDATE OF state ON public.dosing_dosingsession
FOR EACH ROW EXECUTE FUNCTION public.dosing_tell_of_state();
ALTER TABLE public.dosing_dosingsession ENABLE ALWAYS TRIGGER dosing_dosingsession_stream;
REVOKE INSERT ON public.dosing_streamposition FROM "{settings.RUNTIME_LOGIN}";
"""
REMOVE = """
DROP TRIGGER dosing_dosingsession_stream ON public.dosing_dosingsession;
DROP FUNCTION public.dosing_tell_of_state();
DROP FUNCTION public.dosing_append_to_stream();
"""


def build_stream() -> migrations.RunSQL:
    """Returns the migration step that builds what gives places, and takes the right to do so from the runtime."""
    return migrations.RunSQL(APPEND, reverse_sql=REMOVE)


def join_stream(table: str, *, kind: str) -> migrations.RunSQL:
    """Returns the migration step after which every new row of an entry's table gets a place, under its kind's word."""
    for name in (table, kind):
        if not IDENTIFIER.match(name):
            raise ValueError(f"{name!r} is not a plain SQL identifier.")
    trigger = f"{table}_stream"
    return migrations.RunSQL(
        [
            f"CREATE TRIGGER {trigger} AFTER INSERT ON public.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION public.dosing_append_to_stream('{kind}');",
            f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {trigger};",
        ],
        reverse_sql=f"DROP TRIGGER {trigger} ON public.{table};",
    )
