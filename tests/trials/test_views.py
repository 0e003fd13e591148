"""The pages of protocol, delegation log and people, through a browser's requests."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.contributions import contribution
from core.models import Membership, Person
from core.permissions import Viewer
from core.roles import Role
from core.signatures import content_digest, standing_signatures
from core.worklist import lines_of
from reminders.models import Reminder
from tests.cast import ON, PASSWORD
from trials import actions, queries
from trials.models import Delegation, Qualification
from trials.protocol_page import PARTS
from trials.worklist import worklist_items

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


def propose(client, person, **changes):
    """Proposes the attendant's duty at site A through the page and returns its row."""
    form = {"person": person.pk, "duty": "attendant", "starts_on": "2025-01-01"} | changes
    assert client.post(reverse("trials:delegation-delegate") + "?site=S01", form).status_code == 302
    return Delegation.objects.get(person=person, duty="attendant")


def accept(client, row, password=PASSWORD):
    return client.post(reverse("trials:delegation-accept", args=[row.public_id]), {"password": password})


def decide(client, password=PASSWORD, **decisions):
    return client.post(reverse("trials:delegation-decide") + "?site=S01", {"password": password} | decisions)


def test_a_duty_holds_once_the_person_accepted_and_the_investigator_approved(world, client_for, ada, theo, site_a):
    duties = []
    row = propose(client_for(ada), theo)
    for step in (
        lambda: decide(client_for(ada), **{row.public_id: "approve"}),
        lambda: accept(client_for(ada), row),
        lambda: accept(client_for(theo), row, password="wrong"),
        lambda: accept(client_for(theo), row),
        lambda: decide(client_for(ada), **{row.public_id: "approve"}, password="wrong"),
        lambda: decide(client_for(ada), **{row.public_id: "approve"}),
    ):
        duties.append((step().status_code, "attendant" in queries.duties_of(theo, site_id=site_a.pk, on=now().date())))

    assert duties == [(422, False), (404, False), (422, False), (302, False), (422, False), (302, True)]
    shown = client_for(ada).get(reverse("trials:delegation-list") + "?site=S01").content.decode()
    assert "Accepted: Theo Tahk" in shown and "Approved: Ada Voss" in shown


def test_two_rows_are_approved_and_a_third_refused_in_one_sitting(world, client_for, ada, ben, tess, theo, site_a):
    rows = [propose(client_for(ada), person, starts_on="2025-02-02") for person in (tess, theo)]
    with contribution(by=ada, reason="Test"):
        rows.append(actions.delegate_duty(person=ben, site=site_a, duty="clinician", starts_on=date(2025, 2, 2),
                                          by=ada, at=now()))  # fmt: skip
    for person, row in zip((tess, theo, ben), rows, strict=True):
        assert accept(client_for(person), row).status_code == 302
    first, second, third = (row.public_id for row in rows)

    silent = decide(client_for(ada), **{first: "approve", second: "approve", third: "refuse", f"{third}-reason": ""})
    decided = decide(
        client_for(ada), **{first: "approve", second: "approve", third: "refuse", f"{third}-reason": "Holds it already"}
    )

    assert (silent.status_code, decided.status_code) == (422, 302)
    for person in (tess, theo):
        assert "attendant" in queries.duties_of(person, site_id=site_a.pk, on=now().date())
    rows[2].refresh_from_db()
    assert rows[2].refusal == "Holds it already" and not [
        signature for signature in standing_signatures(rows[2]) if signature.signer == ada
    ]


def test_a_duty_rests_while_a_licence_is_missing_and_holds_again_when_it_is_renewed(
    world, client_for, ada, ben, tess, site_a
):
    def held():
        return "therapist" in queries.duties_of(tess, site_id=site_a.pk, on=now().date())

    licence = Qualification.objects.get(person=tess, site=site_a, code="licence_to_practise")
    steps = [held()]
    withdraw = reverse("trials:qualification-withdraw", args=[licence.public_id])
    assert client_for(ben).post(withdraw, {"reason": ""}).status_code == 422
    client_for(ben).post(withdraw, {"reason": "Suspended by the board"})
    steps.append(held())
    record = {"person": tess.pk, "code": "licence_to_practise", "reference": "No. 7", "issued_on": "2025-03-01"}
    bad = client_for(ben).post(
        reverse("trials:qualification-list") + "?site=S01", record | {"expires_on": "2025-02-01"}
    )
    client_for(ben).post(reverse("trials:qualification-list") + "?site=S01", record)
    steps.append(held())

    assert steps == [True, False, True]
    assert bad.status_code == 422 and "cannot expire before" in bad.content.decode() and "No. 7" in bad.content.decode()


def test_what_expires_is_reminded_of_before_and_stands_on_the_worklist(world, ada, tess, site_a):
    at = now()
    with contribution(by=ada, reason="Test"):
        made = actions.record_qualification(
            person=tess, site=site_a, code="rater_certification", reference="Course",
            issued_on=at.date() - timedelta(days=5), expires_on=at.date() + timedelta(days=45), by=ada, at=at,
        )  # fmt: skip
    reminder = Reminder.objects.get(template="qualification_expiring", person=tess, key__contains=f"-{made.pk}:")
    late = at + timedelta(days=20)

    assert 14 <= (reminder.due_at - at).days <= 15
    assert "Tess Marr: rater certification, Course" in [
        item.task for item in lines_of(worklist_items(Viewer.at(ada, late), late))
    ]


def test_with_the_last_duty_the_role_at_the_site_ends_in_the_same_minute(world, client_for, ada, theo):
    before = client_for(theo).get(reverse("sessions:session-list")).status_code
    for row in Delegation.objects.filter(person=theo):
        url = reverse("trials:delegation-end", args=[row.public_id])
        client_for(ada).post(url, {"ends_on": "2025-06-30", "reason": "Left the site"})

    assert (before, client_for(theo).get(reverse("sessions:session-list")).status_code) == (200, 404)


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
        client.post(reverse("trials:delegation-end", args=[row.public_id]), {"ends_on": "2025-06-30", "reason": "x"}),
        client.get(reverse("trials:delegation-list") + "?site=S01"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_the_log_takes_a_constant_number_of_statements(world, client_for, ada, theo):
    client, url, counts = client_for(ada), reverse("trials:delegation-list"), []
    client.get(url)
    for duty in ("attendant", "clinician", "nurse"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        counts.append(len(captured))
        actions.delegate_duty(person=theo, site=world.sites["A"], duty=duty, starts_on=ON + timedelta(days=2),
                              by=ada, at=now())  # fmt: skip

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


def test_a_new_duty_stands_on_the_persons_worklist_and_then_on_the_investigators(world, ada, theo, site_a):
    def tasks(person):
        return [item.task for item in lines_of(worklist_items(Viewer.at(person, now()), now()))]

    with contribution(by=ada, reason="Test"):
        row = actions.delegate_duty(person=theo, site=site_a, duty="attendant", starts_on=ON, by=ada, at=now())
    proposed = (tasks(theo), tasks(ada))
    actions.accept_delegation(row, password=PASSWORD, by=theo, at=now())

    assert proposed == (["Accept the duty that was given to you"], [])
    assert (tasks(theo), tasks(ada)) == ([], ["Approve Theo Tahk as attendant"])
