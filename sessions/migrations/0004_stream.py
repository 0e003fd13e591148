"""Gives every entry a place in its session's stream, and keeps what devices send beside it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.guard import guard_table
from sessions.stream import build_stream, join_stream

KINDS = {
    "vitalsigns": "vitals",
    "doserecord": "dose",
    "observedeffect": "effect",
    "sessionnote": "note",
    "distressrating": "distress",
    "medicinegiven": "medicine",
    "roompresence": "presence",
    "dischargecheck": "discharge",
}
EARLIER = " UNION ALL ".join(
    f"SELECT session_id, site_id, '{kind}' AS kind, public_id, recorded_at, recorded_by_id, id FROM dosing_{table}"
    for table, kind in KINDS.items()
)
# Entries that were made before there was a stream stand in it in the order in which they were received.
PLACE_EARLIER = f"""
SELECT set_config('app.maintenance', 'on', true);
INSERT INTO dosing_streamposition (session_id, site_id, sequence, kind, entry, recorded_at, recorded_by_id)
SELECT session_id, site_id, row_number() OVER (PARTITION BY session_id ORDER BY recorded_at, kind, id), kind, public_id,
       recorded_at, recorded_by_id
FROM ({EARLIER}) AS earlier;
SELECT set_config('app.maintenance', '', true);
"""


class Migration(migrations.Migration):
    """Tablets are told a number and fetch what is new after the one they have."""

    dependencies = [
        ("dosing", "0003_corrections"),
        ("trials", "0004_qualifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Capture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("submission_id", models.UUIDField(unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=20)),
                ("entry", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "clock_offset_ms",
                    models.IntegerField(verbose_name="server's clock less the device's, when it was captured"),
                ),
                ("sent_offset_ms", models.IntegerField(verbose_name="the same, when it was sent")),
                (
                    "clock_drifted",
                    models.BooleanField(verbose_name="the device's clock was further off than the protocol allows"),
                ),
                (
                    "while_locked",
                    models.BooleanField(default=False, verbose_name="captured while the tablet was locked"),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="captures", to="dosing.dosingsession"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StreamPosition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("sequence", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("entry", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stream", to="dosing.dosingsession"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("session", "sequence"), name="stream_sequence_once")],
            },
        ),
        migrations.RunSQL(PLACE_EARLIER, reverse_sql=migrations.RunSQL.noop),
        guard_table("dosing_streamposition", append_only=True, stamped=True),
        guard_table("dosing_capture", append_only=True, stamped=True),
        build_stream(),
        *(join_stream(f"dosing_{table}", kind=kind) for table, kind in KINDS.items()),
    ]
