"""Adds unscheduled contacts, how somebody is as a number, and the enquiries about harm that shows late."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    dependencies = [
        ("integration", "0003_session_parts"),
        ("patients", "0010_screening_record_guard"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HarmEnquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="hen")),
                ("code", models.CharField(max_length=20, verbose_name="the protocol's code of the time")),
                ("name", models.CharField(max_length=120)),
                ("opens_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("done", "Done"),
                            ("missed", "Missed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField(null=True)),
                ("answers", models.JSONField(default=dict, verbose_name="yes or no by the protocol's code")),
                ("told", models.TextField(blank=True, verbose_name="what was told")),
                (
                    "judged_unsafe",
                    models.BooleanField(default=False, verbose_name="unsafe in the judgement of who asked"),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="why it was not made")),
            ],
        ),
        migrations.AddField(
            model_name="followupcontact",
            name="channel",
            field=models.CharField(
                choices=[
                    ("phone", "By phone"),
                    ("video", "By video"),
                    ("message", "By message"),
                    ("site", "At the site"),
                ],
                default="phone",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="followupcontact",
            name="initiated_by",
            field=models.CharField(
                choices=[
                    ("site", "The site"),
                    ("participant", "The participant"),
                    ("relative", "A relative or friend"),
                ],
                default="site",
                max_length=12,
                verbose_name="who made the contact",
            ),
        ),
        migrations.AddField(
            model_name="followupcontact",
            name="occasion",
            field=models.CharField(
                choices=[("contact_day", "Contact day"), ("unscheduled", "Unscheduled")],
                default="contact_day",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="followupcontact",
            name="wellbeing_score",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="how they are, on the protocol's scale"),
        ),
        migrations.AlterField(
            model_name="followupcontact",
            name="visit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contact_attempts",
                to="patients.visit",
            ),
        ),
        migrations.AlterField(
            model_name="riskscreen",
            name="visit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="risk_screens", to="patients.visit"
            ),
        ),
        migrations.AddConstraint(
            model_name="followupcontact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("occasion", "contact_day"), ("visit__isnull", False)),
                    models.Q(("occasion", "unscheduled"), ("reached", True)),
                    _connector="OR",
                ),
                name="contact_has_visit_or_is_unscheduled",
            ),
        ),
        migrations.AddField(
            model_name="harmenquiry",
            name="asked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="harmenquiry",
            name="participant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="harm_enquiries", to="patients.participant"
            ),
        ),
        migrations.AddField(
            model_name="harmenquiry",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="harmenquiry",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
        ),
        migrations.AddField(
            model_name="harmenquiry",
            name="visit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="harm_enquiries", to="patients.visit"
            ),
        ),
        migrations.AddIndex(
            model_name="harmenquiry",
            index=models.Index(
                condition=models.Q(("state", "planned")), fields=["site", "opens_at"], name="enquiry_planned"
            ),
        ),
        migrations.AddConstraint(
            model_name="harmenquiry",
            constraint=models.UniqueConstraint(fields=("visit", "code"), name="enquiry_once_per_dose"),
        ),
        migrations.AddConstraint(
            model_name="harmenquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(("asked_at__isnull", False), ("asked_by__isnull", False)),
                    _connector="OR",
                ),
                name="enquiry_done_says_who_and_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="harmenquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["missed", "cancelled"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="enquiry_not_made_says_why",
            ),
        ),
    ]
