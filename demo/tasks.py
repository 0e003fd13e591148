"""The rest of the demo trial arrives in the worker."""

from celery import shared_task
from django.db import transaction
from django.db.models import F

from demo.models import DemoLoad
from demo.simulation.plans import plans
from demo.simulation.run import play_plans
from demo.stage import find_stage
from trials.queries import current_trial

BATCH = 6


@shared_task(soft_time_limit=850)
def load_rest() -> None:
    """Plays the participants that are still missing, in batches, so that a restart goes on where it stopped."""
    while True:
        with transaction.atomic():
            # One worker at a time; a second call finds the row locked and leaves.
            load = DemoLoad.objects.select_for_update(skip_locked=True).filter(loaded__lt=F("wanted")).first()
            if load is None:
                return
            chosen = plans(participants=load.wanted, seed=load.seed, until=load.until)
            batch = chosen[load.loaded : load.loaded + BATCH]
            stage = find_stage(current_trial(), seed=load.seed)
            play_plans(stage, batch, seed=load.seed, until=load.until)
            load.loaded += len(batch)
            load.save(update_fields=["loaded"])
