"""Where the trial's own forms are asked that the protocol's file does not hold; with its locks."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.guard import guard_table


class Migration(migrations.Migration):
    """A place in the schedule stands beside the document, and is never changed either."""

    dependencies = [("trials", "0003_documents_apart"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="FormPlacement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", core.identifiers.PublicIdField(prefix="fpl")),
                ("code", models.CharField(max_length=20)),
                ("number", models.PositiveSmallIntegerField(verbose_name="counted from 1")),
                ("name", models.CharField(max_length=120)),
                ("role", models.CharField(max_length=60, verbose_name="whose duty it is, by the protocol's code")),
                (
                    "visits",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        default=list,
                        size=None,
                        verbose_name="visits by their codes",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="why it is asked there")),
                ("placed_at", models.DateTimeField()),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "protocol_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="form_placements",
                        to="trials.protocolversion",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("protocol_version", "code", "number"), name="form_placement_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="form_placement_has_reason"
                    ),
                ],
            },
        ),
        guard_table("trials_formplacement", site=None, append_only=True, stamped=True),
    ]
