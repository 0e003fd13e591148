"""The pages of protocol, delegation log and people, through a browser's requests."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.contributions import contribution
from core.models import Membership, Person
from core.roles import Role
from core.signatures import content_digest, standing_signatures
from tests.cast import ON, PASSWORD
from trials import actions, queries
from trials.models import Delegation
from trials.protocol_page import PARTS

READERS = ["ada", "ben", "dev", "tess", "phil", "stan", "adam", "mona", "sofia", "mel"]


def detail(version, part=""):
    return reverse("trials:protocol-detail", args=[version.public_id]) + (f"?part={part}" if part else "")


@pytest.mark.parametrize("username", READERS)
def test_everybody_but_the_rater_reads_the_protocol(world, client_for, username):
    client = client_for(world.people[username])

    assert client.get(reverse("trials:protocol-list")).status_code == 200
    assert client.get(detail(world.version)).status_code == 200


def test_the_rater_and_a_stranger_have_no_protocol_page(world, client_for, rhea, eve):
    for person in (rhea, eve):
        assert client_for(person).get(detail(world.version)).status_code == 404


@pytest.mark.parametrize("part", [part for part, _ in PARTS])
def test_each_part_reads_the_document_and_shows_no_amount(world, client_for, ada, part):
    page = client_for(ada).get(detail(world.version, part)).content.decode()

    definition = queries.definition_of(world.version)
    assert "There is a problem" not in page
    for session in definition.unblinded_dosing.sessions:
        assert f"{session.initial_default} {definition.unblinded_dosing.unit}" not in page
    expected = {
        "schedule": definition.procedures[next(iter(definition.procedures))].name,
        "visits": definition.visits[-1].name,
        "criteria": definition.inclusion[0].code,
        "dosing": definition.dose_labels["initial"].label,
        "limits": definition.vital_points[0].code,
        "stopping": definition.participant_stopping[0].code,
        "rules": definition.discharge_criteria[0].code,
        "versions": world.version.digest,
    }
    assert expected[part] in page


def test_an_unknown_part_does_not_exist(world, client_for, ada):
    assert client_for(ada).get(detail(world.version, "amounts")).status_code == 404


def test_the_investigator_signs_the_version_that_was_shown(world, client_for, ada):
    client, url = client_for(ada), reverse("trials:protocol-sign", args=[world.version.public_id])
    shown = content_digest(world.version)

    wrong = client.post(url, {"seen_digest": shown, "password": "wrong"})
    stale = client.post(url, {"seen_digest": "0" * 64, "password": PASSWORD})
    good = client.post(url, {"seen_digest": shown, "password": PASSWORD}, follow=True)

    assert (wrong.status_code, stale.status_code) == (422, 422)
    assert "Ada Voss, Principal investigator" in good.content.decode()
    assert [signature.signer for signature in standing_signatures(world.version)] == [ada]


def test_a_coordinator_cannot_sign_the_protocol(world, client_for, ben):
    url = reverse("trials:protocol-sign", args=[world.version.public_id])

    assert client_for(ben).post(url, {"seen_digest": "", "password": PASSWORD}).status_code == 404


def test_a_duty_holds_after_the_investigator_approved_its_row(world, client_for, ada, theo, site_a):
    client = client_for(ada)
    form = {"person": theo.pk, "duty": "attendant", "starts_on": "2025-01-01", "trained_on": "2025-01-01"}

    proposed = client.post(reverse("trials:delegation-delegate") + "?site=S01", form)
    row = Delegation.objects.get(person=theo, duty="attendant")
    before = queries.duties_of(theo, site_id=site_a.pk, on=now().date())
    client.post(reverse("trials:delegation-approve", args=[row.public_id]), {"password": PASSWORD})

    assert proposed.status_code == 302 and "attendant" not in before
    assert "attendant" in queries.duties_of(theo, site_id=site_a.pk, on=now().date())


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"duty": "dispenser"}, "may hold the duty"), ({"ends_on": "2024-01-01"}, "cannot end before"),
     ({"starts_on": "31/11/2025"}, "November has 30 days")],
    ids=["role", "interval", "no such day"],
)  # fmt: skip
def test_a_wrong_delegation_is_refused_with_everything_typed(world, client_for, ada, theo, changes, words):
    form = {"person": theo.pk, "duty": "attendant", "starts_on": "2025-01-01"} | changes

    answer = client_for(ada).post(reverse("trials:delegation-delegate") + "?site=S01", form)

    assert answer.status_code == 422 and words in answer.content.decode()
    assert form["starts_on"] in answer.content.decode()


def test_training_comes_before_the_approval(world, client_for, ada, theo):
    client = client_for(ada)
    client.post(
        reverse("trials:delegation-delegate") + "?site=S01",
        {"person": theo.pk, "duty": "attendant", "starts_on": "2025-01-01"},
    )
    row = Delegation.objects.get(person=theo, duty="attendant")

    answer = client.post(reverse("trials:delegation-approve", args=[row.public_id]), {"password": PASSWORD})

    assert answer.status_code == 422 and "training was completed" in answer.content.decode()


def test_ending_a_duty_takes_its_approval_away(world, client_for, ada, ben, site_a):
    row = Delegation.objects.get(person=ben, duty="nurse")
    url = reverse("trials:delegation-end", args=[row.public_id])

    early = client_for(ada).post(url, {"ends_on": "2024-12-31", "reason": "Left"})
    ended = client_for(ada).post(url, {"ends_on": "2025-06-30", "reason": "Left"})

    assert (early.status_code, ended.status_code) == (422, 302)
    assert "nurse" not in queries.duties_of(ben, site_id=site_a.pk, on=now().date())
    assert "Ended" in client_for(ada).get(reverse("trials:delegation-detail", args=[row.public_id])).content.decode()


def test_the_log_of_another_site_does_not_exist(world, client_for, cleo, ben):
    row = Delegation.objects.get(person=ben, duty="nurse")
    client = client_for(cleo)

    answers = [
        client.get(reverse("trials:delegation-detail", args=[row.public_id])),
        client.post(reverse("trials:delegation-approve", args=[row.public_id]), {"password": PASSWORD}),
        client.post(reverse("trials:delegation-end", args=[row.public_id]), {"ends_on": "2025-06-30", "reason": "x"}),
        client.get(reverse("trials:delegation-list") + "?site=S01"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]


def test_the_log_takes_a_constant_number_of_statements(world, client_for, ada, theo):
    client, url, counts = client_for(ada), reverse("trials:delegation-list"), []
    client.get(url)
    for duty in ("attendant", "clinician", "nurse"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counts.append(len(captured))
        actions.delegate_duty(person=theo, site=world.sites["A"], duty=duty, starts_on=ON + timedelta(days=2),
                              trained_on=ON, by=ada, at=now())  # fmt: skip

    assert len(set(counts)) == 1 and counts[0] <= 16


def test_the_administrator_invites_grants_and_takes_away(world, client_for, adam, site_a):
    client = client_for(adam)
    client.post(
        reverse("trials:person-invite"),
        {"display_name": "Nina Novak", "username": "nina", "email": "nina@example.org", "zone": "Europe/Lisbon"},
    )
    person = Person.objects.get(username="nina")
    page = reverse("trials:person-detail", args=[person.public_id])
    form = {"role": "coordinator", "site": site_a.pk, "starts_at": "2025-01-01T08:00"}

    granted = client.post(reverse("trials:person-grant", args=[person.public_id]), form)
    shown = client.get(page).content.decode()
    ended = client.post(reverse("trials:membership-end", args=[person.public_id, 1]), {"reason": "Left the site"})

    assert not person.has_usable_password() and mail.outbox[0].to == ["nina@example.org"]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    assert (granted.status_code, ended.status_code) == (302, 302) and "In force" in shown
    assert not Membership.objects.valid_at(now()).filter(person=person).exists()


@pytest.mark.parametrize(
    ("username", "role"), [("ben", "pharmacist"), ("phil", "coordinator"), ("stan", "monitor")], ids=lambda value: value
)
def test_blinded_and_unblinded_roles_exclude_each_other(world, client_for, adam, username, role):
    person = world.people[username]

    answer = client_for(adam).post(
        reverse("trials:person-grant", args=[person.public_id]), {"role": role, "starts_at": "2025-01-01T08:00"}
    )

    assert answer.status_code == 422 and "blinded and an unblinded role" in answer.content.decode()


def test_the_database_refuses_a_blinded_and_an_unblinded_role_and_an_own_grant(world, adam, ben):
    for person, role, by, words in (
        (ben, Role.PHARMACIST, adam, "exclude each other"),
        (adam, Role.MONITOR, adam, "himself"),
    ):
        with pytest.raises(IntegrityError, match=words), transaction.atomic(), contribution(by=by, reason="Test"):
            Membership.objects.create(person=person, role=role, starts_at=now())


def test_nobody_grants_or_closes_for_himself(world, client_for, adam):
    client = client_for(adam)

    grant = client.post(
        reverse("trials:person-grant", args=[adam.public_id]), {"role": "monitor", "starts_at": "2025-01-01T08:00"}
    )
    close = client.post(reverse("trials:person-deactivate", args=[adam.public_id]), {"reason": "x"})

    assert (grant.status_code, close.status_code) == (422, 422)
    assert Person.objects.get(pk=adam.pk).is_active


def test_a_closed_account_is_out_at_the_next_request(world, client_for, adam, ben):
    theirs = client_for(ben)
    assert theirs.get(reverse("trials:protocol-list")).status_code == 200

    client_for(adam).post(reverse("trials:person-deactivate", args=[ben.public_id]), {"reason": "Left"})

    assert theirs.get(reverse("trials:protocol-list")).status_code == 302


def test_a_user_name_is_never_given_twice(world, client_for, adam):
    answer = client_for(adam).post(
        reverse("trials:person-invite"),
        {"display_name": "Other Ben", "username": "ben", "email": "o@example.org", "zone": "UTC"},
    )

    assert answer.status_code == 422 and "used before" in answer.content.decode()


@pytest.mark.parametrize("username", ["ada", "ben", "stan", "phil", "dev", "rhea", "eve"])
def test_only_the_administrator_sees_people(world, client_for, username, ben):
    client = client_for(world.people[username])

    assert client.get(reverse("trials:people-list")).status_code == 404
    assert client.get(reverse("trials:person-detail", args=[ben.public_id])).status_code == 404


def test_a_system_actor_and_a_foreign_membership_have_no_page(world, client_for, adam, ben):
    system = Person.objects.system("safety")
    client = client_for(adam)

    assert client.get(reverse("trials:person-detail", args=[system.public_id])).status_code == 404
    for number in (0, 9):
        url = reverse("trials:membership-end", args=[ben.public_id, number])
        assert client.post(url, {"reason": "x"}).status_code == 404


def test_the_investigator_s_worklist_names_rows_to_approve(world, ada, theo):
    from core.permissions import Viewer

    actions.delegate_duty(
        person=theo, site=world.sites["A"], duty="attendant", starts_on=ON, trained_on=ON, by=ada, at=now()
    )

    items = queries.worklist_items(Viewer.at(ada, now()), now())

    assert [item.task for item in items] == ["Approve Theo Tahk as overnight attendant"]
    assert queries.worklist_items(Viewer.at(theo, now()), now()) == []
