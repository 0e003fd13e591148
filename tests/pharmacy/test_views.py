"""The pages of the pharmacy, through a browser's requests, as each of the people."""

import uuid

import pytest
from django.db import connections
from django.urls import reverse

from core.contributions import reading_as
from patients.models import Randomisation
from pharmacy import actions, allocation
from pharmacy.models import AllocationList, Kit, KitMovement, Unblinding
from tests import stages
from tests.arms import unlocked
from tests.cast import AT, PASSWORD
from tests.databases import owner_cursor
from tests.reading import says, text_of


@pytest.fixture
def ready(world, ben, ada):
    return stages.ready_to_randomise(world, by=ben, investigator=ada, at=AT)


@pytest.fixture
def given(ready, ben):
    actions.randomise(ready, submission_id=uuid.uuid4(), by=ben, at=AT)
    return ready


@pytest.fixture
def committed(own_database, world, ben, ada):
    """A randomised participant in a database of the test's own, with the arm that only the owner can read."""
    with reading_as(ben):
        participant = stages.randomised(world, by=ben, investigator=ada, at=AT)
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT arm FROM allocation.slot WHERE participant_id = %s", [participant.pk])
        arm = cursor.fetchone()[0]
    return participant, arm


def randomise_url(participant):
    return reverse("pharmacy:randomisation-randomise", args=[participant.public_id])


def entered(participant, **changes):
    return {
        "typed_code": participant.screening_number, "password": PASSWORD, "submission_id": str(uuid.uuid4()),
    } | changes  # fmt: skip


def test_the_coordinator_randomises_and_sees_number_and_kit_but_no_arm(ready, ben, client_for, world):
    client = client_for(ben)
    page = reverse("pharmacy:randomisation-detail", args=[ready.public_id])
    assert b"Eligibility signed by the investigator" in client.get(page).content

    answer = client.post(randomise_url(ready), entered(ready), follow=True)

    randomisation = Randomisation.objects.get(participant=ready)
    text = answer.content.decode()
    assert randomisation.randomisation_number in text and randomisation.kit_number in text
    assert "Arm is not shown" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"password": "wrong"}, "The password is not right. Not randomised. Nothing was allocated."),
     ({"typed_code": "S01-999"}, "This is not the code of this participant"),
     ({"submission_id": "x"}, "There is a problem")],
    ids=["wrong password", "wrong code", "broken form"],
)  # fmt: skip
def test_a_wrong_confirmation_allocates_nothing_and_keeps_the_page(ready, ben, client_for, changes, words):
    answer = client_for(ben).post(randomise_url(ready), entered(ready, **changes))

    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Randomisation.objects.exists()


def test_the_page_of_somebody_who_is_not_ready_names_what_is_open(world, ben, client_for):
    participant = stages.consented(world, by=ben, at=AT)

    page = client_for(ben).get(reverse("pharmacy:randomisation-detail", args=[participant.public_id])).content.decode()
    answer = client_for(ben).post(randomise_url(participant), entered(participant))

    assert "still open" in page and "Not yet known" in page
    assert answer.status_code == 422 and "Not randomised. Nothing was allocated." in answer.content.decode()


@pytest.mark.parametrize("username", ["cleo", "carl", "eve", "phil", "stan", "rhea", "adam"])
def test_nobody_else_sees_the_randomisation_page(world, ready, client_for, username):
    client = client_for(world.people[username])

    answers = [
        client.get(reverse("pharmacy:randomisation-detail", args=[ready.public_id])),
        client.post(randomise_url(ready), entered(ready)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_the_pharmacist_sees_the_ledger_of_the_own_site_only(world, given, phil, petra, client_for):
    mine = client_for(phil).get(reverse("pharmacy:kit-list")).content.decode()
    theirs = client_for(petra).get(reverse("pharmacy:kit-list")).content.decode()

    assert given.kit.number in mine and given.screening_number in mine
    assert given.kit.number not in theirs
    other = client_for(petra).get(reverse("pharmacy:kit-detail", args=[given.kit.public_id]))
    assert other.status_code == 404


def test_the_ledger_filters_by_state(given, phil, client_for):
    page = client_for(phil).get(reverse("pharmacy:kit-list"), {"state": "assigned"}).content.decode()
    none = client_for(phil).get(reverse("pharmacy:kit-list"), {"state": "returned"}).content.decode()

    assert page.count("kit-list") == 0 and given.kit.number in page and "Clear filters" in none


def test_a_kit_is_dispensed_with_the_witness_s_password_and_taken_back(given, phil, ben, client_for):
    client, visit = client_for(phil), given.visits.get(code="V5")
    form = {
        "visit": visit.public_id, "kit_number": given.kit.number, "witness": ben.pk, "witness_password": PASSWORD,
    }  # fmt: skip
    page = reverse("pharmacy:kit-detail", args=[given.kit.public_id])

    wrong = client.post(reverse("pharmacy:kit-dispense", args=[given.kit.public_id]), form | {"witness_password": "x"})
    first = client.post(reverse("pharmacy:kit-dispense", args=[given.kit.public_id]), form)
    again = client.post(reverse("pharmacy:kit-dispense", args=[given.kit.public_id]), form)
    back = client.post(
        reverse("pharmacy:kit-return", args=[given.kit.public_id]), form | {"remains": "Empty", "units": 0}
    )

    assert wrong.status_code == 422 and "witness&#x27;s password" in wrong.content.decode()
    assert [answer.status_code for answer in (first, again, back)] == [302, 302, 302]
    assert [row.kind for row in KitMovement.objects.filter(visit=visit).order_by("id")] == ["dispense", "return"]
    assert "Returned" in client.get(page).content.decode()


def test_the_pharmacist_cannot_be_the_own_witness(given, phil, client_for):
    visit = given.visits.get(code="V5")

    answer = client_for(phil).post(
        reverse("pharmacy:kit-dispense", args=[given.kit.public_id]),
        {"visit": visit.public_id, "kit_number": given.kit.number, "witness": phil.pk, "witness_password": PASSWORD},
    )

    assert answer.status_code == 422 and not KitMovement.objects.filter(visit=visit).exists()


def test_another_kit_in_the_hand_is_not_dispensed(given, phil, ben, client_for):
    visit = given.visits.get(code="V5")
    form = {"visit": visit.public_id, "kit_number": "K-0", "witness": ben.pk, "witness_password": PASSWORD}

    answer = client_for(phil).post(reverse("pharmacy:kit-dispense", args=[given.kit.public_id]), form)

    assert answer.status_code == 422 and f"This is not kit {given.kit.number}" in answer.content.decode()
    assert not KitMovement.objects.filter(visit=visit).exists()


def test_blinded_pages_of_the_pharmacy_name_no_content(given, phil, world, client_for):
    client = client_for(phil)
    from trials.queries import definition_of

    for url in (reverse("pharmacy:kit-list"), reverse("pharmacy:kit-detail", args=[given.kit.public_id])):
        page = text_of(client.get(url))
        for arm in definition_of(world.version).arms:
            assert not says(page, arm.name) and not says(page, arm.code)
        assert not says(page, "mg")


def test_contents_stand_under_a_permanent_banner_and_each_look_is_logged(own_database, world, phil, client_for):
    answer = client_for(phil).get(reverse("pharmacy:kit-contents"))

    assert "UNBLINDED" in answer.content.decode() and "no-store" in answer["Cache-Control"]
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.access WHERE kind = 'kit contents' AND actor_id = %s", [phil.pk])
        assert cursor.fetchone()[0] == 1


def test_a_shipment_is_received_whole_or_not_at_all(own_database, world, phil, ben, client_for):
    from trials.queries import definition_of

    client, arm = client_for(phil), definition_of(world.version).arms[0].code
    form = {
        "kits": f"N-1; {arm}; L2; 2030-01-31\nN-2; {arm}; L2; 31/11/2030",
        "witness": ben.pk,
        "witness_password": PASSWORD,
        "order_form": "222-1",
    }

    faulty = client.post(reverse("pharmacy:kit-receive"), form)
    good = client.post(reverse("pharmacy:kit-receive"), form | {"kits": f"N-1; {arm}; L2; 2030-01-31\n\n"})

    assert faulty.status_code == 422 and "Line 2: November has 30 days." in faulty.content.decode()
    assert good.status_code == 302
    with reading_as(phil):
        assert list(Kit.objects.filter(number__startswith="N-").values_list("number", flat=True)) == ["N-1"]


def test_the_statistician_makes_looks_and_seals(own_database, world, stan, client_for):
    with unlocked(own_database) as cursor:
        cursor.execute("DELETE FROM allocation.slot; DELETE FROM allocation.list; DELETE FROM pharmacy_allocationlist")
    client, page = client_for(stan), reverse("pharmacy:allocation-list")
    assert "No list yet" in client.get(page).content.decode()

    refused = client.post(reverse("pharmacy:allocation-list-make"), {"slots_per_stratum": "1"})
    client.post(reverse("pharmacy:allocation-list-make"), {"slots_per_stratum": "20"})
    draft = client.get(page).content.decode()
    digest = allocation.lists(trial_id=world.trial.pk, by=stan)[0].digest
    wrong = client.post(reverse("pharmacy:allocation-list-seal"), {"seen_digest": "0" * 64, "password": PASSWORD})
    sealed = client.post(
        reverse("pharmacy:allocation-list-seal"), {"seen_digest": digest, "password": PASSWORD}, follow=True
    )

    assert refused.status_code == 422 and "Balance on simulated people" in draft and "UNBLINDED" in draft
    assert wrong.status_code == 422 and "not the one that you saw" in wrong.content.decode()
    assert "Nobody can change a sealed list" in sealed.content.decode()
    with reading_as(stan):
        assert AllocationList.objects.get().digest == digest


@pytest.mark.parametrize("name", ["allocation-list", "kit-contents", "kit-receive", "kit-list"])
@pytest.mark.parametrize("username", ["ada", "ben", "dev", "tess", "rhea", "adam", "mel", "eve"])
def test_unblinded_pages_do_not_exist_for_blinded_people(world, client_for, name, username):
    assert client_for(world.people[username]).get(reverse(f"pharmacy:{name}")).status_code == 404


def test_the_investigator_unblinds_in_three_requests_while_the_queue_is_down(
    committed, own_database, ada, client_for, settings
):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    participant, arm = committed
    client = client_for(ada)
    client.get(reverse("pharmacy:unblinding-list"))
    form_page = client.get(reverse("pharmacy:unblinding-form", args=[participant.public_id]))

    answer = client.post(
        reverse("pharmacy:unblinding-unblind", args=[participant.public_id]),
        {"typed_code": participant.screening_number, "password": PASSWORD, "reason": "Seizure"},
    )

    name = next(a["name"] for a in arms(participant) if a["code"] == arm)
    assert form_page.status_code == 200 and answer.status_code == 200
    assert name in answer.content.decode() and "no-store" in answer["Cache-Control"]
    again = client.get(reverse("pharmacy:unblinding-list")).content.decode()
    assert name not in again and "Seizure" in again
    with reading_as(ada):
        assert Unblinding.objects.get().recorded_by == ada


def test_the_arm_of_an_unblinding_is_in_no_table_that_the_runtime_can_read(committed, own_database, ada, client_for):
    participant, arm = committed
    client_for(ada).post(
        reverse("pharmacy:unblinding-unblind", args=[participant.public_id]),
        {"typed_code": participant.screening_number, "password": PASSWORD, "reason": "Seizure"},
    )

    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT set_config('app.maintenance', 'on', false)")
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        names = [name for (name,) in cursor.fetchall() if name != "trials_protocoldocument"]
        for name in names:
            cursor.execute(f'SELECT count(*) FROM public."{name}" t WHERE to_jsonb(t)::text ~ %s', [f'"{arm}"'])
            assert cursor.fetchone() == (0,), name


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"password": "x"}, "Nothing was revealed"), ({"reason": ""}, "Say why"), ({"typed_code": "S"}, "not the code")],
    ids=["password", "reason", "code"],
)
def test_an_incomplete_request_reveals_nothing(committed, own_database, ada, client_for, changes, words):
    participant, _ = committed
    form = {"typed_code": participant.screening_number, "password": PASSWORD, "reason": "Seizure"} | changes

    answer = client_for(ada).post(reverse("pharmacy:unblinding-unblind", args=[participant.public_id]), form)

    assert answer.status_code == 422 and words in answer.content.decode()
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM allocation.reveal_log")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("username", ["ben", "cleo", "dev", "phil", "stan", "sofia"])
def test_only_investigator_and_medical_monitor_can_unblind(committed, world, client_for, username):
    participant, _ = committed
    client = client_for(world.people[username])
    form = {"typed_code": participant.screening_number, "password": PASSWORD, "reason": "Seizure"}

    answers = [
        client.get(reverse("pharmacy:unblinding-form", args=[participant.public_id])),
        client.post(reverse("pharmacy:unblinding-unblind", args=[participant.public_id]), form),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("name", ["kit-list", "unblinding-list"])
def test_lists_take_a_constant_number_of_statements(
    world, given, ben, ada, phil, client_for, name, django_assert_max_num_queries
):
    client = client_for(phil if name == "kit-list" else ada)
    client.get(reverse(f"pharmacy:{name}"))
    counts = []
    for _ in range(2):
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connections["default"]) as captured:
            client.get(reverse(f"pharmacy:{name}"))
        counts.append(len(captured))
        stages.randomised(world, by=ben, investigator=ada, at=AT)

    assert counts[0] == counts[1] <= 16


def arms(participant):
    from patients.queries import definition_for

    return definition_for(participant).source["arms"]
