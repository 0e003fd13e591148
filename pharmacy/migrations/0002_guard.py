"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("pharmacy", "0001_initial")]
    operations = [
        guard_table("pharmacy_allocationlist", site=None, append_only=True, stamped=True),
        guard_table("pharmacy_kit", stamped=True),
        guard_table("pharmacy_kitmovement", append_only=True, stamped=True),
        guard_table("pharmacy_unblinding", append_only=True, stamped=True),
        *(
            guard_table(f"pharmacy_{table}", append_only=True, stamped=True)
            for table in ("shipment", "temperaturereading", "secondcount")
        ),
        *(
            guard_table(f"pharmacy_{table}", stamped=True)
            for table in ("stockcount", "discrepancy", "envelope", "unblindingdrill")
        ),
        guard_transitions(
            "pharmacy_stockcount", column="state", initial=["open"], allowed=[("open", "agreed"), ("open", "differs")]
        ),
        guard_transitions("pharmacy_discrepancy", column="state", initial=["open"], allowed=[("open", "resolved")]),
        guard_transitions(
            "pharmacy_envelope",
            column="state",
            initial=["issued"],
            allowed=[("issued", "opened"), ("issued", "returned")],
        ),
        guard_table("pharmacy_openboardreport", site=None, append_only=True, stamped=True),
        guard_table("pharmacy_boardrecommendation", site=None, append_only=True, stamped=True),
    ]
