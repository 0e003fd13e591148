"""The coder's hand: gathers what was written and codes what is certain."""

from celery import shared_task

from coding.actions import code_waiting, gather
from coding.models import KINDS
from core import clock
from core.models import Person


@shared_task
def code_new() -> int:
    """Gathers what was written since, codes what is certain, and returns how many were coded."""
    by = Person.objects.system("coding")
    gather(by=by)
    moment = clock.now()
    return sum(code_waiting(kind=kind, by=by, at=moment) for kind, _ in KINDS)
