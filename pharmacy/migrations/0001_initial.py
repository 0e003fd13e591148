"""The blinded side of the pharmacy: kits, shipments, counts, envelopes, unblindings, the board's open reports."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="AllocationList",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="all")),
            (
                "trial",
                models.OneToOneField(on_delete=models.PROTECT, related_name="allocation_list", to="trials.trial"),
            ),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.protocolversion"),
            ),
            ("method", models.CharField(max_length=60)),
            ("strata", models.JSONField()),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the sealed list")),
            ("sealed_at", models.DateTimeField()),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
    ),
    migrations.CreateModel(
        name="Shipment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
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
            ("witness", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
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
        name="Kit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="kit")),
            ("number", models.CharField(max_length=20, unique=True)),
            (
                "state",
                models.CharField(
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
            (
                "participant",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="kit", to="patients.participant"
                ),
            ),
            ("expires_on", models.DateField()),
            (
                "shipment",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="kits", to="pharmacy.shipment"),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "assigned"), _negated=True), ("participant__isnull", False), _connector="OR"
                    ),
                    name="kit_assigned_has_participant",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="KitMovement",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="mov")),
            ("kit", models.ForeignKey(on_delete=models.PROTECT, related_name="movements", to="pharmacy.kit")),
            (
                "kind",
                models.CharField(
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
            (
                "visit",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="kit_movements", to="patients.visit"
                ),
            ),
            (
                "bottle",
                models.CharField(
                    blank=True, max_length=10, verbose_name="visit whose bottles are meant; all of the kit if empty"
                ),
            ),
            (
                "units",
                models.PositiveSmallIntegerField(null=True, verbose_name="capsules; all that are there if empty"),
            ),
            (
                "witness",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("observed_at", models.DateTimeField()),
            ("document", models.CharField(blank=True, max_length=60, verbose_name="form or letter")),
            ("note", models.CharField(blank=True, max_length=200)),
            ("submission_id", models.UUIDField(null=True)),
            (
                "reverses",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="reversed_by", to="pharmacy.kitmovement"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("visit__isnull", False)),
                    fields=("visit", "kind"),
                    name="one_movement_of_a_kind_per_visit",
                ),
                models.UniqueConstraint(fields=("submission_id", "kit"), name="one_movement_per_submission_and_kit"),
                models.CheckConstraint(
                    condition=models.Q(("witness", models.F("recorded_by")), _negated=True),
                    name="witness_is_another_person",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("kind__in", ("store", "quarantine")), ("witness__isnull", False), _connector="OR"
                    ),
                    name="only_store_and_quarantine_without_witness",
                ),
                models.CheckConstraint(
                    condition=models.Q(("kind", "reversal"), ("reverses__isnull", True), _connector="XOR"),
                    name="reversal_names_what_it_reverses",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TemperatureReading",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="tmp")),
            ("lowest_c", models.DecimalField(decimal_places=1, max_digits=4)),
            ("highest_c", models.DecimalField(decimal_places=1, max_digits=4)),
            ("excursion", models.BooleanField()),
            ("kits_quarantined", models.PositiveSmallIntegerField(default=0)),
            ("measured_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
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
        name="StockCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
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
        name="SecondCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="sec")),
            (
                "stock_count",
                models.OneToOneField(on_delete=models.PROTECT, related_name="second", to="pharmacy.stockcount"),
            ),
            ("by_strength", models.JSONField()),
            ("counted_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Discrepancy",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="dis")),
            (
                "stock_count",
                models.OneToOneField(on_delete=models.PROTECT, related_name="discrepancy", to="pharmacy.stockcount"),
            ),
            (
                "state",
                models.CharField(choices=[("open", "Open"), ("resolved", "Resolved")], default="open", max_length=10),
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
                "resolved_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
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
        name="Unblinding",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="unb")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="unblindings", to="patients.participant"),
            ),
            ("reason", models.TextField()),
            ("unblinded_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Envelope",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="env")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="envelopes", to="patients.participant"),
            ),
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
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state", "issued")), fields=("participant",), name="one_envelope_in_the_safe"
                ),
                models.CheckConstraint(
                    condition=models.Q(("state", "issued"), ("closed_at__isnull", False), _connector="XOR"),
                    name="envelope_closed_has_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="UnblindingDrill",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="drl")),
            ("participant", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="patients.participant")),
            ("started_at", models.DateTimeField()),
            ("answered_at", models.DateTimeField(null=True)),
            ("parts_away", models.JSONField(default=list)),
        ],
    ),
    migrations.CreateModel(
        name="OpenBoardReport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="dmc")),
            ("trial", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.trial")),
            ("title", models.CharField(max_length=120)),
            ("content", models.TextField()),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the content")),
            ("cut_off_at", models.DateTimeField()),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
    ),
    migrations.CreateModel(
        name="BoardRecommendation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "report",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="recommendations", to="pharmacy.openboardreport"
                ),
            ),
            (
                "recommendation",
                models.CharField(
                    choices=[
                        ("continue", "Continue as planned"),
                        ("modify", "Continue with changes"),
                        ("pause", "Pause enrolment or dosing"),
                        ("stop", "Stop the trial"),
                    ],
                    max_length=10,
                ),
            ),
            ("text", models.TextField(verbose_name="what the board says")),
            ("met_on", models.DateField()),
            ("submission_id", models.UUIDField(unique=True)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("patients", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        CreateTables(MODELS),
    ]
