"""The request as a view of ours meets it: with a viewer and the database's time, which the middleware put there."""

from datetime import datetime

from django.http import HttpRequest

from core.permissions import Viewer


class PageRequest(HttpRequest):
    """A request of somebody signed in; `requires` and `signed_in` let no other through."""

    viewer: Viewer
    now: datetime
