"""Freezes what is locked: after the rater's lock no item and no assessment changes, whoever writes."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION public.assessments_refuse_after_lock() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  found_state text;
BEGIN
  IF TG_TABLE_NAME = 'assessments_assessment' THEN
    found_state := OLD.state;
  ELSE
    SELECT a.state INTO found_state FROM public.assessments_assessment a WHERE a.id = NEW.assessment_id;
  END IF;
  IF found_state IS NULL OR found_state IN ('locked', 'cancelled') THEN
    RAISE EXCEPTION 'An assessment that is locked or cancelled cannot change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
"""
# A correction stands beside what was locked; before the lock the answer itself is changed.
AFTER_THE_LOCK = """
CREATE FUNCTION public.assessments_correct_after_lock() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM public.assessments_assessment a WHERE a.id = NEW.assessment_id AND a.state = 'locked'
  ) THEN
    RAISE EXCEPTION 'Only a locked assessment is corrected' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
"""
TRIGGERS = [
    "CREATE TRIGGER assessments_assessment_final BEFORE UPDATE ON public.assessments_assessment"
    " FOR EACH ROW EXECUTE FUNCTION public.assessments_refuse_after_lock();",
    "CREATE TRIGGER assessments_itemvalue_final BEFORE INSERT OR UPDATE ON public.assessments_itemvalue"
    " FOR EACH ROW EXECUTE FUNCTION public.assessments_refuse_after_lock();",
    "ALTER TABLE public.assessments_assessment ENABLE ALWAYS TRIGGER assessments_assessment_final;",
    "ALTER TABLE public.assessments_itemvalue ENABLE ALWAYS TRIGGER assessments_itemvalue_final;",
    "CREATE TRIGGER assessments_itemcorrection_locked BEFORE INSERT ON public.assessments_itemcorrection"
    " FOR EACH ROW EXECUTE FUNCTION public.assessments_correct_after_lock();",
    "ALTER TABLE public.assessments_itemcorrection ENABLE ALWAYS TRIGGER assessments_itemcorrection_locked;",
]
REMOVE = [
    "DROP TRIGGER assessments_itemcorrection_locked ON public.assessments_itemcorrection;",
    "DROP FUNCTION public.assessments_correct_after_lock();",
    "DROP TRIGGER assessments_itemvalue_final ON public.assessments_itemvalue;",
    "DROP TRIGGER assessments_assessment_final ON public.assessments_assessment;",
    "DROP FUNCTION public.assessments_refuse_after_lock();",
]


class Migration(migrations.Migration):
    """A correction after the lock replaces nothing: it stands beside what was locked."""

    dependencies = [("assessments", "0002_guard")]
    operations = [migrations.RunSQL([FREEZE, AFTER_THE_LOCK, *TRIGGERS], reverse_sql=REMOVE)]
