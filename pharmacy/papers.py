"""Papers of the pharmacy as PDF: the inventory by lot, and the chain of custody of a kit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from core.clock import local_date
from core.documents import Heading, Part, Rows, SignatureLines, Text, pdf
from pharmacy.ledger import CountedLot
from pharmacy.models import Kit, KitMovement, StockCount


def inventory(
    count: StockCount, *, lots: Sequence[CountedLot], names: Mapping[int, str], printed_by: str, at: datetime
) -> bytes:
    """Returns a closed count as an inventory to be signed and filed; it is unblinded, and says so."""
    site = count.site
    second = count.second.recorded_by.display_name
    first = ", ".join(sorted({names.get(lot.counted_by_id, "") for lot in lots}))
    parts: list[Part] = [
        Text("UNBLINDED. For the pharmacy's own file; no blinded person may read it."),
        Rows(
            ["Site", "Kind", "Counted", "Result", "Counted by"],
            [
                [
                    str(site),
                    count.get_kind_display(),
                    f"{local_date(count.opened_at, zone=site.zone):%-d %b %Y}",
                    count.get_state_display(),
                    f"{first} (by lot); {second} (by strength)",
                ]
            ],
            [3, 2, 2, 1.5, 4],
        ),
        Heading("Stock by lot and strength"),
        Rows(
            ["Lot", "Contents", "Strength", "Counted", "Ledger", "Difference"],
            [
                [lot.code, lot.arm, f"{lot.strength_mg.normalize():f} mg", str(lot.counted), str(lot.expected),
                 f"{lot.difference:+d}" if lot.difference else "0"]
                for lot in lots
            ],
            [3, 2, 2, 1.5, 1.5, 1.5],
        ),
        SignatureLines([first or "First person", second]),
    ]  # fmt: skip
    return pdf(f"Inventory {site.code}", parts=parts, printed_by=printed_by, at=at, zone=site.zone)


def chain_of_custody(kit: Kit, *, movements: Sequence[KitMovement], printed_by: str, at: datetime) -> bytes:
    """Returns who had a kit in hand, from the shipment on; it says nothing of what the kit holds."""
    shipment = kit.shipment
    parts: list[Part] = [
        Text(
            f"Kit {kit.number}, {kit.get_state_display().lower()}, expires {kit.expires_on:%-d %b %Y}."
            + (f" Order form {shipment.order_form}." if shipment else "")
            + (f" Participant {kit.participant.screening_number}." if kit.participant else "")
        ),
        Rows(
            ["When", "What", "Capsules", "By", "Witness", "Document"],
            [
                [
                    _local(row, kit),
                    row.get_kind_display() + (f": {row.visit.name}" if row.visit else ""),
                    "" if row.units is None else str(row.units),
                    row.recorded_by.display_name,
                    row.witness.display_name if row.witness else "",
                    row.document,
                ]
                for row in movements
            ],
            [2.6, 3.4, 1.3, 2, 2, 2.2],
        ),
        SignatureLines(["Pharmacist"]),
    ]
    return pdf(f"Chain of custody {kit.number}", parts=parts, printed_by=printed_by, at=at, zone=kit.site.zone)


def _local(row: KitMovement, kit: Kit) -> str:
    local = row.observed_at.astimezone(ZoneInfo(kit.site.zone))
    return f"{local:%-d %b %Y, %H:%M} {local.tzname()}"
