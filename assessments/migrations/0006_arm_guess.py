"""Brings the study team's guesses at the arm, which open to their authors and to the unblinded statistician."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.guard import guard_table

STATISTICIAN = """
CREATE POLICY assessments_armguess_statistician ON public.assessments_armguess FOR SELECT
USING (EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.role IN ('unblinded_statistician', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
));
"""


class Migration(migrations.Migration):
    """One guess would colour the next: no colleague, investigator or sponsor reads them."""

    dependencies = [
        ("assessments", "0005_unblinding_log"),
        ("patients", "0005_recruitment_guard"),
        ("trials", "0004_qualifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ArmGuess",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="gss")),
                ("procedure", models.CharField(max_length=20)),
                ("guess", models.CharField(max_length=20)),
                ("certainty", models.CharField(max_length=20)),
                ("basis", models.CharField(max_length=500, verbose_name="what the guess rests on")),
                ("guessed_at", models.DateTimeField()),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arm_guesses",
                        to="patients.participant",
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
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arm_guesses",
                        to="patients.visit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("visit", "procedure", "recorded_by"), name="one_guess_per_person_and_visit"
                    ),
                    models.CheckConstraint(condition=models.Q(("basis", ""), _negated=True), name="guess_says_why"),
                ],
            },
        ),
        guard_table(
            "assessments_armguess",
            site=None,
            also="recorded_by_id = (SELECT audit.actor())",
            append_only=True,
            stamped=True,
        ),
        migrations.RunSQL(
            STATISTICIAN, "DROP POLICY assessments_armguess_statistician ON public.assessments_armguess;"
        ),
    ]
