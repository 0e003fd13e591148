"""Twenty hands at once on the same participant form and on the same visit: one effect, the others told why."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable

from core.contributions import reading_as
from core.errors import Refused
from core.models import Person
from patients import actions
from patients.identity import IdentityDetails
from patients.models import Participant, Visit
from tests.cast import AT
from tests.stages import consented

HANDS = 20


def test_one_person_added_twenty_times_at_once_is_one_participant(own_database, world, ben):
    site, details = world.sites["A"], IdentityDetails("Nora Twice", date(1990, 4, 1))

    done, refused = _at_once(
        lambda hand: actions.add_participant(site=site, identity=details, first_contact_on=AT.date(), by=ben, at=AT).pk,
        by=ben,
    )

    with reading_as(ben):
        assert Participant.objects.count() == 1
    assert (len(done), len(refused)) == (1, HANDS - 1)


def test_different_people_are_numbered_without_gap(own_database, world, ben):
    site = world.sites["A"]

    _at_once(
        lambda hand: (
            actions.add_participant(
                site=site,
                identity=IdentityDetails(f"Person {hand}", date(1990, 4, 1)),
                first_contact_on=AT.date(),
                by=ben,
                at=AT,
            ).pk
        ),
        by=ben,
    )

    with reading_as(ben):
        numbers = Participant.objects.values_list("screening_number", flat=True)
        assert sorted(numbers) == [f"{site.code}-{number:03d}" for number in range(1, HANDS + 1)]


def test_visit_started_by_twenty_hands_starts_once(own_database, world, ben):
    with reading_as(ben):
        visit = consented(world, by=ben, at=AT).visits.get(code="V0")

    done, refused = _at_once(
        lambda hand: (
            actions.start_visit(
                Visit.objects.select_related("participant__site").get(pk=visit.pk),
                by=ben,
                at=AT + timedelta(minutes=hand),
            ).started_at
        ),
        by=ben,
    )

    with reading_as(ben):
        assert [Visit.objects.get(pk=visit.pk).started_at] == done
    assert len(refused) == HANDS - 1


def _at_once(act: Callable[[int], object], *, by: Person) -> tuple[list[object], list[Refused]]:
    barrier = threading.Barrier(HANDS)
    done: list[object] = []
    refused: list[Refused] = []

    unforeseen: list[Exception] = []

    def run(hand: int) -> None:
        barrier.wait()
        try:
            while not _answered(hand):
                connection.close()
        except Exception as error:
            unforeseen.append(error)
        finally:
            connection.close()

    def _answered(hand: int) -> bool:
        try:
            with reading_as(by):
                done.append(act(hand))
        except Refused as refusal:
            refused.append(refusal)
        except OperationalError as error:
            # Nobody waits for a lock for ever: whoever is told so after three seconds sends the form again.
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            return False
        return True

    hands = [threading.Thread(target=run, args=(hand,)) for hand in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert unforeseen == []
    return done, refused
