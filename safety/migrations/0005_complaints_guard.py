"""Locks complaints: each opens to its own list, and to nobody whom it names."""

from django.db import migrations

from core.guard import guard_table, guard_transitions

ON_THE_LIST = """EXISTS (
  SELECT 1 FROM public.safety_complaintreader r
  WHERE r.complaint_key = {key} AND r.person_id = (SELECT audit.actor()) AND r.ended_at IS NULL)"""
READERS = "person_id = (SELECT audit.actor()) OR added_by_id = (SELECT audit.actor())"
# SECURITY DEFINER and with the right of repair: whoever names a person sees only a part of the list.
NAMED = """
CREATE FUNCTION public.safety_shut_out_the_named() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  -- The two triggers call each other: each gives back what it found.
  before text := coalesce(current_setting('app.maintenance', true), '');
BEGIN
  PERFORM set_config('app.maintenance', 'on', true);
  IF TG_TABLE_NAME = 'safety_complaintnamed' THEN
    UPDATE public.safety_complaintreader SET ended_at = clock.now()
    WHERE complaint_key = NEW.complaint_key AND person_id = NEW.person_id AND ended_at IS NULL;
  ELSIF NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM public.safety_complaintnamed n
               WHERE n.complaint_key = NEW.complaint_key AND n.person_id = NEW.person_id) THEN
    RAISE EXCEPTION 'Whoever is named in a complaint cannot be on its list' USING ERRCODE = 'check_violation';
  ELSIF TG_OP = 'UPDATE' AND OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL THEN
    RAISE EXCEPTION 'Whoever left the list of a complaint does not come back' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM set_config('app.maintenance', before, true);
  RETURN NEW;
END $body$;
CREATE TRIGGER safety_complaintnamed_shut_out AFTER INSERT ON public.safety_complaintnamed
FOR EACH ROW EXECUTE FUNCTION public.safety_shut_out_the_named();
ALTER TABLE public.safety_complaintnamed ENABLE ALWAYS TRIGGER safety_complaintnamed_shut_out;
CREATE TRIGGER safety_complaintreader_named BEFORE INSERT OR UPDATE ON public.safety_complaintreader
FOR EACH ROW EXECUTE FUNCTION public.safety_shut_out_the_named();
ALTER TABLE public.safety_complaintreader ENABLE ALWAYS TRIGGER safety_complaintreader_named;
"""
NO_TRIGGERS = """
DROP TRIGGER safety_complaintnamed_shut_out ON public.safety_complaintnamed;
DROP TRIGGER safety_complaintreader_named ON public.safety_complaintreader;
DROP FUNCTION public.safety_shut_out_the_named();
"""
# Who is on the list is told to those on it. Reading the list itself would show each only the own line.
LISTED = """
CREATE FUNCTION public.safety_readers_of(key text) RETURNS TABLE (display_name text, part text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.safety_complaintreader r WHERE r.complaint_key = key
                 AND r.person_id = (SELECT audit.actor()) AND r.ended_at IS NULL) THEN
    RETURN;
  END IF;
  PERFORM set_config('app.maintenance', 'on', true);
  RETURN QUERY SELECT p.display_name::text, r.part::text FROM public.safety_complaintreader r
    JOIN public.core_person p ON p.id = r.person_id
    WHERE r.complaint_key = key AND r.ended_at IS NULL ORDER BY r.part, p.display_name;
  PERFORM set_config('app.maintenance', '', true);
END $body$;
"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("safety", "0004_event_lines")]
    operations = [
        guard_table("safety_complaintreader", site=None, also=READERS, stamped=True),
        guard_table("safety_complaint", site=None, also=ON_THE_LIST.format(key="public_id"), stamped=True),
        guard_table(
            "safety_complaintnamed",
            site=None,
            also=ON_THE_LIST.format(key="complaint_key"),
            append_only=True,
            stamped=True,
        ),
        guard_table(
            "safety_complaintstep",
            site=None,
            also=ON_THE_LIST.format(key="complaint_key"),
            append_only=True,
            stamped=True,
        ),
        guard_transitions(
            "safety_complaint",
            column="state",
            initial=["waiting"],
            allowed=[("waiting", "open"), ("open", "founded"), ("open", "unfounded")],
        ),
        migrations.RunSQL(NAMED, reverse_sql=NO_TRIGGERS),
        migrations.RunSQL(LISTED, reverse_sql="DROP FUNCTION public.safety_readers_of(text);"),
    ]
