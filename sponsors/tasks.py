"""Exports are made by a worker from their rows; beat finds what a lost message left behind."""

from celery import shared_task

from core import clock
from sponsors.actions import claim_export, fail_export, make_files


@shared_task
def run_waiting_exports() -> int:
    """Makes every waiting export and returns how many."""
    made = 0
    while (job := claim_export()) is not None:
        try:
            make_files(job, at=clock.now())
        except Exception as error:
            fail_export(job, reason=f"The export could not be made: {type(error).__name__}.")
            raise
        made += 1
    return made
