"""“View as role” says what somebody truly gets, when, and why; it acts as nobody and is logged."""

from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse

from core.contributions import contribution
from core.models import Membership
from core.permissions import Viewer
from core.roles import DATA_CLASSES, ROLES, Permission, Role
from tests.cast import AT, CAST
from tests.databases import owner_cursor
from tests.reading import text_of
from trials.rights import rights_of


def look(client, whom, **more):
    return client.get(reverse("trials:rights"), {"whom": whom} | more)


@pytest.mark.django_db(databases=["default", "unblinded"])
@pytest.mark.parametrize("username", sorted(CAST))
def test_pages_are_those_that_truly_open(world, client_for, username):
    """Every address without arguments is asked for, and answers as the view says."""
    person, client = world.people[username], client_for(world.people[username])
    found, compared = rights_of(Viewer.at(person, AT)), 0
    for page in found.pages:
        try:
            address = reverse(page.name)
        except NoReverseMatch:
            continue
        status = client.get(address).status_code
        if status == 405:
            continue
        compared += 1
        assert (status != 404) == page.opens, page.name

    assert compared > 30


def test_every_right_and_every_page_has_its_sentence():
    found = rights_of(Viewer(None, (Membership(role=Role.COORDINATOR.value),)))

    assert len(found.held) + len(found.missing) == len(Permission)
    assert all(page.sentence.endswith(".") for page in found.pages)
    assert {permission for data in DATA_CLASSES for permission in data.opened_by} <= set(Permission)


@pytest.mark.parametrize(
    ("role", "opened"),
    [
        (Role.COORDINATOR, "OIFSG"),
        (Role.THERAPIST, "OFSG"),
        (Role.INDEPENDENT_RATER, "E"),
        (Role.PHARMACIST, "T"),
        (Role.UNBLINDED_STATISTICIAN, "T"),
        (Role.ADMINISTRATOR, ""),
        (Role.MONITOR, "OFS"),
        (Role.DATA_MANAGER, "OFRX"),
    ],
)
def test_classes_of_data_are_those_of_the_role(role, opened):
    found = rights_of(Viewer(None, (Membership(role=role.value),)))

    assert {each.data.code for each in found.classes if each.by} == set(opened)
    assert ROLES[role].sentence == found.memberships[0][2]


def test_the_page_names_sites_rights_and_reasons(world, client_for, adam, dev, phil, ben):
    for person in (adam, dev):
        text = text_of(look(client_for(person), phil.public_id))
        assert (
            "S01 Lisbon" in text
            and "Receive and dispense kits" in text
            and "Pharmacist (unblinded), S01 Lisbon" in text
        )
        assert "Pages and forms that do not exist for Phil Aro" in text
    assert "Duties by the delegation log: dispenser (S01)" in text_of(look(client_for(dev), phil.public_id))
    assert "Duties by the delegation log" not in text_of(look(client_for(adam), ben.public_id))
    assert "Every page" not in text_of(look(client_for(adam), "coordinator"))


def test_another_time_shows_the_roles_of_that_time(world, client_for, adam, ben):
    with contribution(by=adam, reason="Test"):
        Membership.objects.filter(person=ben).update(ends_at=AT + timedelta(days=1))

    before = text_of(look(client_for(adam), ben.public_id, at="2026-01-05T09:00"))
    after = text_of(look(client_for(adam), ben.public_id, at="2026-02-05T09:00"))

    assert "No role at that time" not in before and "No role at that time" in after


def test_a_look_is_logged_with_whom_it_was_about_and_writes_nothing_else(own_database, world, client_for, adam, ben):
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry")
        before = cursor.fetchone()

    look(client_for(adam), ben.public_id)
    look(client_for(adam), "monitor")

    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT subject FROM audit.access WHERE kind = 'rights' AND actor_id = %s ORDER BY id", [adam.pk]
        )
        assert [row[0] for row in cursor.fetchall()] == [ben.public_id, "role monitor"]
        cursor.execute("SELECT count(*) FROM audit.entry")
        assert cursor.fetchone() == before


@pytest.mark.parametrize("username", ["ben", "ada", "mona", "stan", "rhea", "eve"])
def test_nobody_else_has_the_page(world, client_for, username):
    assert client_for(world.people[username]).get(reverse("trials:rights")).status_code == 404


def test_an_unknown_choice_is_refused(world, client_for, adam):
    assert look(client_for(adam), "nobody").status_code == 422
