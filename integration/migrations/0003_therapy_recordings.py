"""Indices of the recordings of therapy without a dose, with their locks; reviews may be of those too."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT, Q

import core.clock
from core.guard import guard_table

EXTENTS = [
    ("whole", "The whole session is recorded"),
    ("gap", "Recorded, with a gap"),
    ("none", "Not recorded"),
]
OF_SESSION = Q(session__isnull=False, visit__isnull=True, visit_type="")
OF_VISIT = Q(session__isnull=True, visit__isnull=False) & ~Q(visit_type="")


class Migration(migrations.Migration):
    """A review is of a dosing session, as before, or of a visit."""

    dependencies = [
        ("integration", "0002_guard"),
        ("patients", "0003_identity_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="RecordingIndex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("number", models.PositiveSmallIntegerField(verbose_name="counted from 1")),
                ("extent", models.CharField(choices=EXTENTS, max_length=10)),
                (
                    "reference",
                    models.CharField(blank=True, max_length=60, verbose_name="number of the file or card"),
                ),
                ("lines", models.JSONField(default=list, verbose_name="time codes and what is there")),
                (
                    "reason",
                    models.CharField(blank=True, max_length=200, verbose_name="why it is not whole, or indexed anew"),
                ),
                ("indexed_at", models.DateTimeField()),
                ("recorded_by", models.ForeignKey(on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("site", models.ForeignKey(on_delete=PROTECT, related_name="+", to="trials.site")),
                (
                    "visit",
                    models.ForeignKey(on_delete=PROTECT, related_name="recording_indices", to="patients.visit"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "number"), name="recording_index_once"),
                    models.CheckConstraint(
                        condition=Q(extent="whole", number=1) | ~Q(reason=""), name="recording_index_says_why"
                    ),
                    models.CheckConstraint(
                        condition=Q(extent="none") | ~Q(reference=""), name="recording_has_reference"
                    ),
                ],
            },
        ),
        guard_table("integration_recordingindex", append_only=True, stamped=True),
        migrations.AlterField(
            model_name="adherencereview",
            name="session",
            field=models.ForeignKey(null=True, on_delete=PROTECT, related_name="reviews", to="dosing.dosingsession"),
        ),
        migrations.AddField(
            model_name="adherencereview",
            name="visit",
            field=models.ForeignKey(null=True, on_delete=PROTECT, related_name="reviews", to="patients.visit"),
        ),
        migrations.AddField(
            model_name="adherencereview",
            name="visit_type",
            field=models.CharField(
                blank=True, default="", max_length=20, verbose_name="type of a visit without a dose"
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="adherencereview",
            constraint=models.UniqueConstraint(fields=("visit", "reviewer"), name="review_of_visit_once_per_reviewer"),
        ),
        migrations.AddConstraint(
            model_name="adherencereview",
            constraint=models.CheckConstraint(condition=OF_SESSION | OF_VISIT, name="review_is_of_one_recording"),
        ),
    ]
