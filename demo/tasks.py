"""The rest of the demo trial arrives in the worker, each site by itself: nothing that is drawn depends on another."""

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q

from demo.models import DemoLoad
from demo.simulation.leads import play_leads
from demo.simulation.office import hold_meeting
from demo.simulation.plans import plans_of_site
from demo.simulation.run import play_plans
from demo.stage import Stage, find_stage
from trials.queries import current_trial

BATCH = 6


@shared_task(soft_time_limit=850)
def load_rest(site_code: str) -> None:
    """Plays a site's leads, or its next participants, and asks for the rest.

    Each part is one transaction and one task: a restart goes on where it stopped, and a slow machine has time enough.
    """
    if _load_next(site_code):
        load_rest.delay(site_code)
    else:
        _let_the_board_meet()


def _load_next(site_code: str) -> bool:
    """Loads the next part and returns whether there was one that nobody else is loading."""
    with transaction.atomic():
        # One worker at a time for a site; a second call finds the row locked and leaves.
        missing = Q(loaded__lt=F("wanted")) | Q(leads=False)
        load = DemoLoad.objects.select_for_update(skip_locked=True).filter(missing, site_code=site_code).first()
        if load is None:
            return False
        stage = find_stage(current_trial(), seed=load.seed)
        if load.leads:
            _load_batch(load, stage)
        else:
            play_leads(stage, seed=load.seed, until=load.until, of_sites=[site_code])
            load.leads = True
        load.save(update_fields=["loaded", "leads"])
    return True


def _let_the_board_meet() -> None:
    """Shows the whole trial to the board, once every site is loaded."""
    with transaction.atomic():
        loads = list(DemoLoad.objects.select_for_update().order_by("site_code"))
        if all(load.leads and load.loaded >= load.wanted for load in loads):
            stage = find_stage(current_trial(), seed=loads[0].seed)
            hold_meeting(stage, title="Second meeting", at=loads[0].until)


def _load_batch(load: DemoLoad, stage: Stage) -> None:
    chosen = plans_of_site(load.site_code, participants=load.trial_wanted, seed=load.seed, until=load.until)
    batch = chosen[load.loaded : load.loaded + BATCH]
    play_plans(stage, batch, seed=load.seed, until=load.until)
    load.loaded += len(batch)
