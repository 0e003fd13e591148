"""Brings the participant's guess and its source, and the register of inadvertent unblindings with its judgements."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.guard import guard_table

POLICY = """
CREATE POLICY assessments_incidentassessment_log ON public.assessments_incidentassessment FOR SELECT
USING (EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.site_id IS NULL AND m.role IN ('data_manager', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
));
"""


class Migration(migrations.Migration):
    """One register for raters and for everybody else."""

    dependencies = [
        ("assessments", "0006_arm_guess"),
        ("core", "0010_tablet_actor"),
        ("patients", "0006_randomisation_factors"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IncidentAssessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="inc")),
                (
                    "consequence",
                    models.CharField(
                        choices=[
                            ("none", "Nothing: the blind holds"),
                            ("reminded", "Those concerned were reminded of the rules"),
                            ("replaced", "Somebody else takes over the ratings"),
                            ("noted", "Named in the analysis of blinding"),
                            ("excluded", "Data after it are analysed apart"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(max_length=500, verbose_name="why")),
                ("assessed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="armguess",
            name="source",
            field=models.CharField(
                choices=[
                    ("own", "Typed by who guesses"),
                    ("tablet", "Typed by the participant on a tablet that was handed over"),
                    ("on_behalf", "Entered by the study team for the participant"),
                ],
                default="own",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="armguess",
            name="source_note",
            field=models.CharField(blank=True, max_length=200, verbose_name="how it came to the study team"),
        ),
        migrations.AddField(
            model_name="unblindingincident",
            name="how",
            field=models.CharField(blank=True, max_length=300, verbose_name="how it came about"),
        ),
        migrations.AddField(
            model_name="unblindingincident",
            name="participant",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unblinding_incidents",
                to="patients.participant",
            ),
        ),
        migrations.AddField(
            model_name="unblindingincident",
            name="whose",
            field=models.CharField(
                choices=[
                    ("rater", "An independent rater"),
                    ("therapist", "A therapist"),
                    ("participant", "The participant"),
                    ("investigator", "An investigator"),
                    ("coordinator", "A coordinator"),
                    ("sponsor", "Somebody of the sponsor"),
                    ("other", "Somebody else"),
                ],
                default="rater",
                max_length=20,
                verbose_name="who learned it",
            ),
        ),
        migrations.AlterField(
            model_name="unblindingincident",
            name="assessment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unblinding_incidents",
                to="assessments.assessment",
            ),
        ),
        migrations.AlterField(
            model_name="unblindingincident",
            name="text",
            field=models.TextField(blank=True, verbose_name="in the teller's own words"),
        ),
        migrations.AddConstraint(
            model_name="armguess",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source", "own"), _negated=True),
                fields=("visit", "procedure"),
                name="one_guess_of_the_participant_per_visit",
            ),
        ),
        migrations.AddConstraint(
            model_name="armguess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", "on_behalf"), _negated=True),
                    models.Q(("source_note", ""), _negated=True),
                    _connector="OR",
                ),
                name="guess_on_behalf_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="unblindingincident",
            constraint=models.CheckConstraint(
                condition=models.Q(("assessment__isnull", False), ("participant__isnull", False), _connector="OR"),
                name="incident_is_about_somebody",
            ),
        ),
        migrations.AddField(
            model_name="incidentassessment",
            name="incident",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="judgement",
                to="assessments.unblindingincident",
            ),
        ),
        migrations.AddField(
            model_name="incidentassessment",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="incidentassessment",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
        ),
        migrations.AddConstraint(
            model_name="incidentassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), _negated=True), name="incident_assessment_says_why"
            ),
        ),
        guard_table(
            "assessments_incidentassessment",
            site=None,
            also="recorded_by_id = (SELECT audit.actor())",
            append_only=True,
            stamped=True,
        ),
        migrations.RunSQL(
            POLICY, "DROP POLICY assessments_incidentassessment_log ON public.assessments_incidentassessment;"
        ),
    ]
