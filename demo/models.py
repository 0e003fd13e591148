"""How far the demo trial is loaded, so that pages can say so."""

from django.db import models


class DemoLoad(models.Model):
    """The one row that says how many of the demo's participants are there."""

    wanted = models.PositiveSmallIntegerField()
    loaded = models.PositiveSmallIntegerField(default=0)
    leads = models.BooleanField("people who do not come into the trial are played too", default=False)
    seed = models.PositiveIntegerField()
    until = models.DateTimeField()
    failure = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.loaded} of {self.wanted}"
