"""Keeps PINs and the devices that they open again; tells at once when a sign-in ends or a right changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.guard import guard_table
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
    """A tablet of a long session is opened again by a PIN; a line that must not be open any more is closed."""

    dependencies = [("core", "0007_recorded_once"), ("sessions", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Pin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=128)),
                ("set_at", models.DateTimeField()),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pin", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KnownDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opens", models.CharField(max_length=80, verbose_name="beginning of the addresses that it opens")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("known_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("known_at"))), name="device_expires_after_known"
                    )
                ],
            },
        ),
        guard_table("core_pin", site=None),
        guard_table("core_knowndevice", site=None),
        migrations.RunSQL(TELL, reverse_sql="DROP FUNCTION public.core_tell_of_access();"),
        *(tell_of(table, event) for table, event in WATCHED.items()),
    ]
