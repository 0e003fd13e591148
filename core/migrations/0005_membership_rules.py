"""Refuses memberships that no page must be able to make: blinded with unblinded, and one's own."""

from django.db import migrations

from core.roles import ROLES

UNBLINDED = ", ".join(f"'{role.value}'" for role, rights in ROLES.items() if rights.unblinded)

RULES = f"""
CREATE FUNCTION public.core_membership_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.person_id = audit.actor() THEN
    RAISE EXCEPTION 'Nobody gives a role to himself' USING ERRCODE = 'check_violation';
  END IF;
  -- Two grants at once must see each other.
  PERFORM pg_advisory_xact_lock(hashtextextended('roles of person ' || NEW.person_id, 0));
  IF EXISTS (
    SELECT 1 FROM public.core_membership m
    WHERE m.person_id = NEW.person_id AND m.id IS DISTINCT FROM NEW.id
      AND (m.role IN ({UNBLINDED})) <> (NEW.role IN ({UNBLINDED}))
      AND tstzrange(m.starts_at, m.ends_at) && tstzrange(NEW.starts_at, NEW.ends_at)
  ) THEN
    RAISE EXCEPTION 'Blinded and unblinded roles exclude each other' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
CREATE TRIGGER core_membership_rules BEFORE INSERT OR UPDATE ON public.core_membership
  FOR EACH ROW EXECUTE FUNCTION public.core_membership_rules();
ALTER TABLE public.core_membership ENABLE ALWAYS TRIGGER core_membership_rules;
"""
REMOVAL = """
DROP TRIGGER core_membership_rules ON public.core_membership;
DROP FUNCTION public.core_membership_rules();
"""


class Migration(migrations.Migration):
    """Who may hold which roles is judged in the database, whichever way a membership comes.

    The rules come after the actors of the system, since the first of those gives its role to itself.
    """

    dependencies = [("core", "0004_system_actors")]
    operations = [migrations.RunSQL(RULES, reverse_sql=REMOVAL)]
