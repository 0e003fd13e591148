"""Brings the release of one participant's ratings to the site."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
from core.guard import guard_table


class Migration(migrations.Migration):
    """Before a row stands here, no page of a site shows a rating."""

    dependencies = [
        ("assessments", "0010_second_ratings"),
        ("patients", "0010_screening_record_guard"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RatingRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("released_at", models.DateTimeField()),
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rating_release",
                        to="patients.participant",
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
                        condition=models.Q(("reason", ""), _negated=True), name="rating_release_says_why"
                    )
                ],
            },
        ),
        guard_table("assessments_ratingrelease", append_only=True, stamped=True),
    ]
