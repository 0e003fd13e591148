"""Locks the steps of reporting clocks."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("safety", "0006_ladders")]
    operations = [guard_table("safety_clockstep", stamped=True)]
