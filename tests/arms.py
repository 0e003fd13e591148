"""What only the owner of the database may do to allocation, for tests that look behind the functions."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from tests.databases import owner_cursor

GUARDS = {"slot": "slot_sealed", "kit_content": "kit_content_kept", "list": "list_sealed"}
SWAPPED = {"slot": "concat_ws(' ', t.list_id, t.stratum, t.position)", "kit_content": "t.kit_number"}


def swap_arms(database: str) -> None:
    """Exchanges the two arms of every slot and every kit, as nobody but the owner with key and open locks can."""
    with unlocked(database) as cursor:
        cursor.execute("SELECT DISTINCT arm FROM allocation.slot ORDER BY arm")
        first, second = (row[0] for row in cursor.fetchall())
        for table, place in SWAPPED.items():
            cursor.execute(
                f"UPDATE sealed.{table} t SET arm = allocation.seal(CASE v.arm WHEN %s THEN %s ELSE %s END,"
                f" '{table}.arm ' || {place}, 64) FROM allocation.{table} v WHERE v.id = t.id",
                [first, second, first],
            )


def leak_into_vital_signs(database: str) -> None:
    """Raises the pulse of everybody in one arm, as a drug would: what a blinded person could read the arm from."""
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false)")
        cursor.execute(
            "UPDATE dosing_vitalsigns v SET heart_rate_bpm = heart_rate_bpm + 1 FROM dosing_dosingsession s,"
            " pharmacy_kit k, allocation.kit_content c WHERE s.id = v.session_id AND k.number = c.kit_number"
            " AND k.participant_id = s.participant_id AND c.arm = (SELECT min(arm) FROM allocation.kit_content)"
        )
        assert cursor.rowcount > 0


@contextmanager
def unlocked(database: str) -> Iterator[psycopg2.extensions.cursor]:
    """Opens a cursor of the owner with the seals of allocation lifted, and puts them back."""
    with owner_cursor(database) as cursor:
        cursor.execute("SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false)")
        for table, guard in GUARDS.items():
            cursor.execute(f"ALTER TABLE sealed.{table} DISABLE TRIGGER {guard}")
        try:
            yield cursor
        finally:
            for table, guard in GUARDS.items():
                cursor.execute(f"ALTER TABLE sealed.{table} ENABLE ALWAYS TRIGGER {guard}")
