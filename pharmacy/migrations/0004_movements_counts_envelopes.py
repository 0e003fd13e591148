import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("patients", "0002_guard"),
        ("pharmacy", "0003_allocation"),
        ("trials", "0004_qualifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="Envelope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="env")),
                (
                    "state",
                    models.CharField(
                        choices=[("issued", "In the safe"), ("opened", "Opened"), ("returned", "Returned unopened")],
                        default="issued",
                        max_length=10,
                    ),
                ),
                ("issued_at", models.DateTimeField()),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the file")),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="envelopes", to="patients.participant"
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
                    models.UniqueConstraint(
                        condition=models.Q(("state", "issued")),
                        fields=("participant",),
                        name="one_envelope_in_the_safe",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "issued"), ("closed_at__isnull", False), _connector="XOR"),
                        name="envelope_closed_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shipment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="shp")),
                ("order_form", models.CharField(max_length=40)),
                (
                    "lowest_c",
                    models.DecimalField(
                        decimal_places=1, max_digits=4, null=True, verbose_name="lowest temperature on the way"
                    ),
                ),
                (
                    "highest_c",
                    models.DecimalField(
                        decimal_places=1, max_digits=4, null=True, verbose_name="highest temperature on the way"
                    ),
                ),
                ("excursion", models.BooleanField()),
                ("received_at", models.DateTimeField()),
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
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("witness", models.F("recorded_by")), _negated=True),
                        name="shipment_has_two_people",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StockCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="cnt")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("routine", "Routine count"),
                            ("initial", "Initial inventory"),
                            ("biennial", "Biennial inventory"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("agreed", "Agrees"), ("differs", "Differs")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
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
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("site",), name="one_open_count_per_site"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("closed_at__isnull", False), _connector="XOR"),
                        name="count_closed_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Discrepancy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="dis")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("resolved", "Resolved")], default="open", max_length=10
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_recorded", "Taken out and not recorded"),
                            ("recorded_not_taken", "Recorded and not taken out"),
                            ("recorded_twice", "Recorded twice"),
                            ("moved_between", "Moved between the two counts"),
                            ("miscounted", "Miscounted"),
                            ("broken", "Broken or spilled"),
                            ("lost", "Lost or stolen"),
                            ("unexplained", "Not explained"),
                        ],
                        max_length=20,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        null=True,
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
                    "stock_count",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discrepancy",
                        to="pharmacy.stockcount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause", ""), ("resolved_at__isnull", True), ("state", "open")),
                            models.Q(
                                ("resolved_at__isnull", False),
                                ("state", "resolved"),
                                models.Q(("cause", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="discrepancy_resolved_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="sec")),
                ("by_strength", models.JSONField()),
                ("counted_at", models.DateTimeField()),
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
                (
                    "stock_count",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="second", to="pharmacy.stockcount"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TemperatureReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="tmp")),
                ("lowest_c", models.DecimalField(decimal_places=1, max_digits=4)),
                ("highest_c", models.DecimalField(decimal_places=1, max_digits=4)),
                ("excursion", models.BooleanField()),
                ("kits_quarantined", models.PositiveSmallIntegerField(default=0)),
                ("measured_at", models.DateTimeField()),
                ("submission_id", models.UUIDField(unique=True)),
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
                        condition=models.Q(("lowest_c__lte", models.F("highest_c"))), name="lowest_below_highest"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnblindingDrill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="drl")),
                ("started_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("parts_away", models.JSONField(default=list)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.participant"
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
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="bottle",
            field=models.CharField(
                blank=True, max_length=10, verbose_name="visit whose bottles are meant; all of the kit if empty"
            ),
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="document",
            field=models.CharField(blank=True, max_length=60, verbose_name="form or letter"),
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="reverses",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversed_by",
                to="pharmacy.kitmovement",
            ),
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="submission_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="units",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="capsules; all that are there if empty"),
        ),
        migrations.AlterField(
            model_name="kit",
            name="state",
            field=models.CharField(
                choices=[
                    ("in_stock", "In stock"),
                    ("assigned", "Assigned"),
                    ("quarantined", "In quarantine"),
                    ("returned", "Returned"),
                    ("withdrawn", "Out of use"),
                ],
                default="in_stock",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="kitmovement",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "Received"),
                    ("store", "Put into storage"),
                    ("quarantine", "Put into quarantine"),
                    ("dispense", "Dispensed to a session"),
                    ("return", "Returned from a session"),
                    ("waste", "Wasted"),
                    ("destroy", "Destroyed"),
                    ("transfer", "Transferred to another site"),
                    ("loss", "Lost"),
                    ("reversal", "Entry reversed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="kitmovement",
            name="witness",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="kitmovement",
            constraint=models.UniqueConstraint(
                fields=("submission_id", "kit"), name="one_movement_per_submission_and_kit"
            ),
        ),
        migrations.AddConstraint(
            model_name="kitmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("store", "quarantine")), ("witness__isnull", False), _connector="OR"),
                name="only_store_and_quarantine_without_witness",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "reversal"), ("reverses__isnull", True), _connector="XOR"),
                name="reversal_names_what_it_reverses",
            ),
        ),
        migrations.AddField(
            model_name="kit",
            name="shipment",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="kits", to="pharmacy.shipment"
            ),
        ),
    ]
