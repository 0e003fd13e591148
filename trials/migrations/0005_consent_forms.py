"""Gives a consent form its text, and lets the investigator put it in force on the ethics committee's approval."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
from core.guard import guard_table

# A form that was in force stays so, from the same day; its text was kept elsewhere.
KEEP_IN_FORCE = """
SELECT set_config('app.maintenance', 'on', true);
INSERT INTO trials_consentformapproval
  (form_id, site_id, ethics_reference, ethics_approved_on, effective_on, recorded_at, recorded_by_id)
SELECT id, site_id, 'kept outside Vigil', effective_on, effective_on, recorded_at, recorded_by_id
FROM trials_consentform;
SELECT set_config('app.maintenance', '', true);
"""


class Migration(migrations.Migration):
    """The text is immutable from the moment it is loaded; the approval is a row of its own."""

    dependencies = [
        ("trials", "0004_qualifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="consentform",
            name="source",
            field=models.TextField(default="", verbose_name="document as loaded (YAML)"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="consentform",
            name="digest",
            field=models.CharField(default="", max_length=64, verbose_name="SHA-256 of the document"),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="ConsentFormApproval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "ethics_reference",
                    models.CharField(max_length=120, verbose_name="reference of the ethics committee"),
                ),
                ("ethics_approved_on", models.DateField()),
                ("effective_on", models.DateField()),
                (
                    "form",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="trials.consentform",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("effective_on__gte", models.F("ethics_approved_on"))),
                        name="form_effective_after_ethics_approval",
                    )
                ],
            },
        ),
        migrations.RunSQL(KEEP_IN_FORCE, reverse_sql=migrations.RunSQL.noop),
        guard_table("trials_consentformapproval", append_only=True, stamped=True),
        migrations.RemoveField(model_name="consentform", name="effective_on"),
    ]
