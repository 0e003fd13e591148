"""Brings answers that are no whole number or were not done, confirmed edit checks, and the licensee's wording."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
from core.guard import guard_table

OWN_RATING = "assessment_id IN (SELECT id FROM public.assessments_assessment WHERE rater_id = (SELECT audit.actor()))"


class Migration(migrations.Migration):
    """What was answered before is a whole number, as it was."""

    dependencies = [
        ("assessments", "0008_item_provenance"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckConfirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("check_code", models.CharField(max_length=20)),
                ("text", models.CharField(max_length=300, verbose_name="what the check said")),
                ("reason", models.CharField(max_length=300, verbose_name="why it is right")),
                ("confirmed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ItemText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("instrument", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=10)),
                ("item", models.PositiveSmallIntegerField()),
                ("version", models.PositiveSmallIntegerField()),
                ("text", models.CharField(blank=True, max_length=600)),
                ("licence", models.CharField(max_length=200, verbose_name="licence under which it may be used")),
                ("recorded_at", core.clock.RecordedAtField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="itemcorrection",
            name="item_correction_value_or_not_applicable",
        ),
        migrations.RemoveConstraint(
            model_name="itemvalue",
            name="item_value_or_not_applicable",
        ),
        migrations.AddField(
            model_name="itemcorrection",
            name="not_done_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="why it was not done"),
        ),
        migrations.AddField(
            model_name="itemcorrection",
            name="text",
            field=models.CharField(
                blank=True, max_length=300, verbose_name="what is no whole number, as it was entered"
            ),
        ),
        migrations.AddField(
            model_name="itemvalue",
            name="not_done_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="why it was not done"),
        ),
        migrations.AddField(
            model_name="itemvalue",
            name="text",
            field=models.CharField(
                blank=True, max_length=300, verbose_name="what is no whole number, as it was entered"
            ),
        ),
        migrations.AlterField(
            model_name="itemcorrection",
            name="replaced",
            field=models.CharField(max_length=300, verbose_name="what stood before"),
        ),
        migrations.AddConstraint(
            model_name="itemcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("not_applicable", False), ("text", ""), ("value__isnull", True)),
                    models.Q(("not_applicable", False), ("not_done_reason", ""), ("text", "")),
                    models.Q(("not_done_reason", ""), ("text", ""), ("value__isnull", True)),
                    models.Q(("not_applicable", False), ("not_done_reason", ""), ("value__isnull", True)),
                    _connector="OR",
                ),
                name="item_correction_value_or_not_applicable",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("not_applicable", False), ("text", ""), ("value__isnull", True)),
                    models.Q(("not_applicable", False), ("not_done_reason", ""), ("text", "")),
                    models.Q(("not_done_reason", ""), ("text", ""), ("value__isnull", True)),
                    models.Q(("not_applicable", False), ("not_done_reason", ""), ("value__isnull", True)),
                    _connector="OR",
                ),
                name="item_value_or_not_applicable",
            ),
        ),
        migrations.AddField(
            model_name="checkconfirmation",
            name="assessment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="confirmations", to="assessments.assessment"
            ),
        ),
        migrations.AddField(
            model_name="checkconfirmation",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="checkconfirmation",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
        ),
        migrations.AddField(
            model_name="itemtext",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="checkconfirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="check_confirmation_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemtext",
            constraint=models.UniqueConstraint(
                fields=("instrument", "language", "item", "version"), name="item_text_once_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemtext",
            constraint=models.CheckConstraint(
                condition=models.Q(("licence", ""), _negated=True), name="item_text_names_licence"
            ),
        ),
        guard_table("assessments_checkconfirmation", also=OWN_RATING, append_only=True, stamped=True),
        guard_table("assessments_itemtext", site=None, append_only=True, stamped=True),
    ]
