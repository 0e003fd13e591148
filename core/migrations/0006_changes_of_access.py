"""Tells at once when a sign-in ends or a right changes."""

from django.db import migrations

from core.sign_ins import ACCESS_CHANNEL

TELL = f"""
CREATE FUNCTION public.core_tell_of_access() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM pg_notify('{ACCESS_CHANNEL}', '');
  RETURN NULL;
END $body$;
"""
WATCHED = {"core_membership": "INSERT OR UPDATE", "core_person": "UPDATE", "django_session": "DELETE"}


def tell_of(table: str, event: str) -> migrations.RunSQL:
    """Returns the step after which a change of the table is told, without whose it was."""
    trigger = f"{table}_access"
    return migrations.RunSQL(
        [
            f"CREATE TRIGGER {trigger} AFTER {event} ON public.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION public.core_tell_of_access();",
            f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER {trigger};",
        ],
        reverse_sql=f"DROP TRIGGER {trigger} ON public.{table};",
    )


class Migration(migrations.Migration):
    """A line that must not be open any more is closed."""

    dependencies = [("core", "0005_membership_rules"), ("sessions", "0001_initial")]
    operations = [
        migrations.RunSQL(TELL, reverse_sql="DROP FUNCTION public.core_tell_of_access();"),
        *(tell_of(table, event) for table, event in WATCHED.items()),
    ]
