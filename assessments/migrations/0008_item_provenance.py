"""Says of every answer where it comes from and how often it was entered, and brings corrections of locked forms."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
from core.guard import guard_table

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
    "CREATE TRIGGER assessments_itemcorrection_locked BEFORE INSERT ON public.assessments_itemcorrection"
    " FOR EACH ROW EXECUTE FUNCTION public.assessments_correct_after_lock();",
    "ALTER TABLE public.assessments_itemcorrection ENABLE ALWAYS TRIGGER assessments_itemcorrection_locked;",
]
OWN_RATING = "assessment_id IN (SELECT id FROM public.assessments_assessment WHERE rater_id = (SELECT audit.actor()))"
REMOVE = [
    "DROP TRIGGER assessments_itemcorrection_locked ON public.assessments_itemcorrection;",
    "DROP FUNCTION public.assessments_correct_after_lock();",
]


class Migration(migrations.Migration):
    """Old answers keep their writer; when they were entered is in the audit alone."""

    dependencies = [
        ("assessments", "0007_blinding_integrity"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="assessmentscore",
            name="computation",
            field=models.PositiveSmallIntegerField(
                default=1, verbose_name="how often it was computed, this time included"
            ),
        ),
        migrations.AddField(
            model_name="itemvalue",
            name="entered_at",
            field=models.DateTimeField(null=True, verbose_name="when the answer was entered"),
        ),
        migrations.AddField(
            model_name="itemvalue",
            name="source",
            field=models.CharField(
                choices=[
                    ("interview", "Interview by an independent rater"),
                    ("site", "Entered by the site"),
                    ("participant", "Answered by the participant"),
                ],
                default="site",
                max_length=12,
                verbose_name="where the answer comes from",
            ),
        ),
        migrations.AddField(
            model_name="itemvalue",
            name="version",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="how often it was entered"),
        ),
        migrations.CreateModel(
            name="ItemCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("item", models.PositiveSmallIntegerField()),
                (
                    "version",
                    models.PositiveSmallIntegerField(
                        verbose_name="how often the item was answered, this time included"
                    ),
                ),
                ("value", models.IntegerField(null=True)),
                ("not_applicable", models.BooleanField(default=False)),
                ("replaced", models.CharField(max_length=40, verbose_name="what stood before")),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("corrected_at", models.DateTimeField()),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="assessments.assessment",
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
        ),
        migrations.AddField(
            model_name="assessmentscore",
            name="cause",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="scores",
                to="assessments.itemcorrection",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessmentscore",
            constraint=models.CheckConstraint(
                condition=models.Q(("computation", 1), ("cause__isnull", False), _connector="OR"),
                name="score_recomputed_names_its_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="itemcorrection",
            constraint=models.UniqueConstraint(
                fields=("assessment", "item", "version"), name="item_correction_once_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="item_correction_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="itemcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__isnull", True), ("not_applicable", False), _connector="OR"),
                name="item_correction_value_or_not_applicable",
            ),
        ),
        guard_table(
            "assessments_itemcorrection",
            also=OWN_RATING,
            append_only=True,
            parent=("assessments_assessment", "assessment_id"),
            stamped=True,
        ),
        migrations.RunSQL([AFTER_THE_LOCK, *TRIGGERS], reverse_sql=REMOVE),
    ]
