"""Seals the allocation under another key, with what the audit holds of it, in one transaction."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections, transaction

from pharmacy.sealing import KeyAway, hand_over, own_key


class Command(BaseCommand):
    """Set VIGIL_ALLOCATION_KEY to the new key and VIGIL_PREVIOUS_ALLOCATION_KEY to the old one, then run this as owner.

    Nothing is changed when it fails. Then take the old key away, and rewrite what the disk still holds of it
    (docs/operating.md).
    """

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        """Opens every sealed column with the old key and seals it under the new one."""
        if "owner" not in connections or not settings.PREVIOUS_ALLOCATION_KEY:
            raise CommandError("Set OWNER_DATABASE_URL and VIGIL_PREVIOUS_ALLOCATION_KEY, the key of until now, first.")
        try:
            with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
                hand_over(cursor, own_key(settings.PREVIOUS_ALLOCATION_KEY), to="take_key_before")
                hand_over(cursor, own_key(), to="reseal")
                columns = cursor.fetchone()[0]
        except KeyAway as error:
            raise CommandError(error.message) from error
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", "") == "VG119":
                raise CommandError("The previous key is not the one under which this database is sealed.") from error
            raise
        self.stdout.write(f"{columns} columns were sealed under the new key. Now run VACUUM FULL audit.entry as owner.")
