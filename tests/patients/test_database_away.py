"""The database goes away in the middle of a save: a clear answer, and nothing half-written."""

import os
import threading
import time
from typing import Any

import psycopg2
from django.db import connection
from django.urls import reverse

from core.contributions import reading_as
from patients.models import Participant
from tests.databases import owner_cursor

ENTERED = {"name": "Nora Half", "born_on": "1990-04-01", "first_contact_on": "2026-01-02"}
PATIENCE_SECONDS = 20


def test_save_that_loses_its_database_answers_503_and_leaves_nothing(
    own_database: str, world: Any, ben: Any, client_for: Any
) -> None:
    client = client_for(ben)
    client.raise_request_exception = False
    answers: list[Any] = []

    def save() -> None:
        entered = ENTERED | {"site": world.sites["A"].pk}
        answers.append(client.post(reverse("patients:participant-add"), entered))
        connection.close()

    # Holding the audit back stops the save after its first row, where a half-written record would begin.
    with owner_cursor(own_database) as holder:
        holder.execute("BEGIN; LOCK TABLE audit.entry IN ACCESS EXCLUSIVE MODE")
        hand = threading.Thread(target=save)
        hand.start()
        assert _ended_while_waiting(own_database) == 1
        hand.join(PATIENCE_SECONDS)
        holder.execute("ROLLBACK")

    with reading_as(ben):
        assert Participant.objects.count() == 0
    assert answers[0].status_code == 503
    assert "Nothing was saved. What you typed is kept" in answers[0].content.decode()
    assert client.get("/").status_code == 200


def _ended_while_waiting(name: str) -> int:
    """Returns how many sessions of the database were ended while they waited for a lock."""
    administrator = psycopg2.connect(os.environ["ADMIN_DATABASE_URL"])
    administrator.autocommit = True
    try:
        with administrator.cursor() as cursor:
            for _ in range(PATIENCE_SECONDS * 10):
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND wait_event_type = 'Lock'",
                    [name],
                )
                if ended := len(cursor.fetchall()):
                    return ended
                time.sleep(0.1)
    finally:
        administrator.close()
    return 0
