"""The watch of unblindings: whoever must be told is told, also when the request that unblinded was cut off."""

from datetime import timedelta

from celery import shared_task

from core import clock
from core.contributions import contribution
from core.models import Person
from pharmacy.actions import tell_of
from pharmacy.models import Unblinding

LOOKED_BACK = timedelta(days=7)


@shared_task
def tell_of_unblindings() -> int:
    """Plans the notices of recent unblindings that are still missing, and returns how many unblindings it looked at.

    The row of an unblinding is committed before the answer; its notices are committed with the answer's request. This
    is the way for the notices of a request that died in between.
    """
    by = Person.objects.system("safety")
    with contribution(by=by, reason="Watch of unblindings"):
        moment = clock.now()
        recent = list(Unblinding.objects.filter(unblinded_at__gt=moment - LOOKED_BACK).select_related("recorded_by"))
        for unblinding in recent:
            tell_of(unblinding, by=by, at=moment)
    return len(recent)
