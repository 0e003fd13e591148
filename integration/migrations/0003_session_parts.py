"""Adds what a note records of the session: who was there, the elements of therapy, practices, any change."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integration", "0002_guard"),
        ("patients", "0010_screening_record_guard"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="integrationnote",
            name="attendance",
            field=models.CharField(
                choices=[("whole", "The whole session"), ("late", "Came late"), ("left", "Left early")],
                default="whole",
                max_length=10,
                verbose_name="how long the participant was there",
            ),
        ),
        migrations.AddField(
            model_name="integrationnote",
            name="change_kind",
            field=models.CharField(
                blank=True,
                choices=[("none", "None"), ("welcome", "Welcome"), ("unwelcome", "Unwelcome"), ("both", "Both")],
                max_length=10,
                verbose_name="whether a change was mentioned",
            ),
        ),
        migrations.AddField(
            model_name="integrationnote",
            name="companions",
            field=models.JSONField(default=list, verbose_name="who came along, by the protocol's code"),
        ),
        migrations.AddField(
            model_name="integrationnote",
            name="elements",
            field=models.JSONField(default=list, verbose_name="elements of therapy used, by the protocol's code"),
        ),
        migrations.AddField(
            model_name="integrationnote",
            name="group_size",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="participants, if it was a group"),
        ),
        migrations.AddField(
            model_name="integrationnote",
            name="practice_outcomes",
            field=models.JSONField(default=list, verbose_name="what became of the practices agreed before"),
        ),
        migrations.AlterField(
            model_name="integrationnote",
            name="practices",
            field=models.TextField(blank=True, verbose_name="practices agreed, one on each line"),
        ),
        migrations.AddConstraint(
            model_name="integrationnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("group_size__isnull", True), ("group_size__gte", 2), _connector="OR"),
                name="note_group_is_several",
            ),
        ),
    ]
