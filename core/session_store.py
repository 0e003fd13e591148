"""Django's sessions in the database, read with a statement that is written once: every request begins with it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from core.prepared import prepared


@prepared
def _sessions(key: Any, moment: Any) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=moment)


class SessionStore(db.SessionStore):
    """A session that is found by its key until it expires."""

    def _get_session_from_db(self) -> Session | None:
        found = _sessions(key=self.session_key, moment=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None
