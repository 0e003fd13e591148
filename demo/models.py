"""How far the demo trial is loaded, so that pages can say so."""

from django.db import models


class DemoLoad(models.Model):
    """How many of a site's participants are there; sites are loaded side by side."""

    site_code = models.CharField(max_length=10, unique=True)
    trial_wanted = models.PositiveSmallIntegerField("participants of all sites")
    wanted = models.PositiveSmallIntegerField()
    loaded = models.PositiveSmallIntegerField(default=0)
    leads = models.BooleanField("people who do not come into the trial are played too", default=False)
    seed = models.PositiveIntegerField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.site_code}: {self.loaded} of {self.wanted}"
