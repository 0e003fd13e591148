"""The schemas beside the application's own, with clock and audit; then people, and what opens Vigil to them."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.foundation import build_foundation
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Person",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("password", models.CharField(max_length=128, verbose_name="password")),
            ("public_id", core.identifiers.PublicIdField(prefix="per")),
            ("username", models.CharField(max_length=80, unique=True, verbose_name="user name")),
            ("display_name", models.CharField(max_length=120, verbose_name="name")),
            ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
            ("phone", models.CharField(blank=True, max_length=40)),
            ("zone", models.CharField(default="UTC", max_length=60, verbose_name="time zone")),
            ("is_active", models.BooleanField(default=True)),
            ("is_system", models.BooleanField(default=False)),
        ],
    ),
    migrations.CreateModel(
        name="SignInAttempt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("username", models.CharField(max_length=150)),
            (
                "person",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("outcome", models.CharField(max_length=20)),
            ("address", models.CharField(blank=True, max_length=60)),
            ("recorded_at", core.clock.RecordedAtField()),
        ],
    ),
    migrations.CreateModel(
        name="Pin",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("person", models.OneToOneField(on_delete=models.PROTECT, related_name="pin", to=settings.AUTH_USER_MODEL)),
            ("digest", models.CharField(max_length=128)),
            ("set_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="KnownDevice",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("opens", models.CharField(max_length=80, verbose_name="beginning of the addresses that it opens")),
            ("digest", models.CharField(max_length=64, unique=True)),
            ("known_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("expires_at__gt", models.F("known_at"))), name="device_expires_after_known"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Heartbeat",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=40, unique=True)),
            ("beat_at", models.DateTimeField()),
        ],
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        *build_foundation(),
        CreateTables(MODELS),
    ]
