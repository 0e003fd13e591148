"""Lets an abandoned session be prepared again."""

from django.db import migrations

from core.guard import change_transitions

COURSE = [("dosed", "closed"), ("preparing", "abandoned"), ("preparing", "dosed")]


class Migration(migrations.Migration):
    """A session that was abandoned before any dose goes back to its preparation."""

    dependencies = [("dosing", "0002_guard")]
    operations = [
        change_transitions(
            "dosing_dosingsession",
            column="state",
            initial=["preparing"],
            before=COURSE,
            allowed=[*COURSE, ("abandoned", "preparing")],
        ),
    ]
