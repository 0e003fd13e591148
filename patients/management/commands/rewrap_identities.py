"""Wraps the key of every identity by the present master key, after the master key was changed."""

from django.core.management.base import BaseCommand, CommandError

from core.contributions import contribution, reading_as
from core.errors import Refused
from core.models import Person
from patients.identity import rewrap
from patients.models import Identity


class Command(BaseCommand):
    """Set VIGIL_IDENTITY_KEY to the new key and VIGIL_PREVIOUS_IDENTITY_KEY to the old one, then run this.

    It may be stopped and run again; the product reads both until it is done. Then take the old key away: copies of the
    database made before can no longer be opened.
    """

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        """Rewraps one identity after another, each in a transaction of its own."""
        by = Person.objects.system("setup")
        with reading_as(by):
            numbers = list(Identity.objects.filter(erased_at__isnull=True).order_by("id").values_list("pk", flat=True))
        done = 0
        for number in numbers:
            try:
                with contribution(by=by, reason="Master key changed"):
                    done += rewrap(Identity.objects.get(pk=number))
            except Refused as error:
                raise CommandError(
                    f"{error.message} {done} were rewrapped; set the previous key and run again."
                ) from error
        self.stdout.write(f"{done} of {len(numbers)} identities were rewrapped.")
