"""Computes every verdict on eligibility again from its version and evidence, and says where it differs."""

from django.core.management.base import BaseCommand, CommandError

from core.contributions import reading_as
from core.models import Person
from patients.actions import recheck_all
from patients.models import EligibilityAssessment


class Command(BaseCommand):
    """Reads only. Ends with an error when a verdict cannot be reproduced, and names it."""

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        """Computes one verdict after another, oldest first."""
        with reading_as(Person.objects.system("setup")):
            found = EligibilityAssessment.objects.select_related("participant", "protocol_version").order_by("id")
            rechecks = recheck_all(found)
        wrong = [each for each in rechecks if each.differences]
        for each in wrong:
            number = each.assessment.participant.screening_number
            self.stderr.write(f"{number}, {each.assessment.public_id}: {'; '.join(each.differences)}")
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(rechecks)} verdicts differ.")
        self.stdout.write(f"{len(rechecks)} verdicts were computed again; each is the same.")
