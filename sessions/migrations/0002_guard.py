"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("dosing", "0001_initial"), ("trials", "0001_initial")]
    operations = [
        guard_table("dosing_dosingsession", stamped=True),
        guard_transitions(
            "dosing_dosingsession",
            column="state",
            initial=["preparing"],
            allowed=[
                ("dosed", "closed"),
                ("preparing", "abandoned"),
                ("preparing", "dosed"),
            ],
        ),
        guard_table("dosing_vitalsigns", append_only=True, stamped=True),
        guard_table("dosing_doserecord", append_only=True, stamped=True),
        guard_table("dosing_observedeffect", append_only=True, stamped=True),
        guard_table("dosing_sessionnote", append_only=True, stamped=True),
        guard_table("dosing_distressrating", append_only=True, stamped=True),
        guard_table("dosing_medicinegiven", append_only=True, stamped=True),
        guard_table("dosing_roompresence", append_only=True, stamped=True),
        guard_table("dosing_dischargecheck", append_only=True, stamped=True),
        guard_table("dosing_conditionoverride", append_only=True, stamped=True),
        guard_table("dosing_dosinghold", stamped=True),
    ]
