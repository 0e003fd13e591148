"""Brings what people hold, and what a duty asks of them; the person accepts before the investigator approves."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.guard import guard_table

OWN_ROWS = """
CREATE POLICY {table}_own ON public.{table} FOR SELECT USING (person_id = (SELECT audit.actor()));
"""


class Migration(migrations.Migration):
    """A person reads what concerns the own person, wherever it belongs; a rater has no site."""

    dependencies = [
        ("trials", "0003_membership_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name="delegation",
            name="trained_on",
        ),
        migrations.AddField(
            model_name="delegation",
            name="refusal",
            field=models.TextField(blank=True, verbose_name="why it was refused"),
        ),
        migrations.AddField(
            model_name="delegation",
            name="refused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="delegation",
            name="requires",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, size=None
            ),
        ),
        migrations.CreateModel(
            name="Qualification",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="qlf")),
                ("code", models.CharField(max_length=40, verbose_name="protocol's code")),
                (
                    "reference",
                    models.CharField(max_length=120, verbose_name="number or title of the document"),
                ),
                ("issued_on", models.DateField()),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("remind_on", models.DateField(blank=True, null=True, verbose_name="to be renewed from")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="qualifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("site", "person", "code", "issued_on"),
                        name="qualification_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on__isnull", True),
                            ("expires_on__gte", models.F("issued_on")),
                            _connector="OR",
                        ),
                        name="qualification_expires_after_issue",
                    ),
                ],
            },
        ),
        guard_table("trials_qualification", stamped=True),
        *(
            migrations.RunSQL(OWN_ROWS.format(table=table), f"DROP POLICY {table}_own ON public.{table};")
            for table in ("trials_delegation", "trials_qualification")
        ),
    ]
