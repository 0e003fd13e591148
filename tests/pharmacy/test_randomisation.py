"""Methods of the protocol, the statistician's file, what is frozen, and how randomisation fails: closed."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.urls import reverse

from core.contributions import reading_as
from core.errors import Refused
from patients.models import Participant, Randomisation
from pharmacy import actions, allocation
from pharmacy.list_file import Expected, read_places
from pharmacy.models import Kit, Unblinding
from tests import stages
from tests.arms import unlocked
from tests.cast import AT, PASSWORD
from tests.databases import owner_cursor
from tests.reading import text_of
from trials.queries import definition_of, latest_version

EXPECTED = Expected(["X", "Y"], {"site": ["S01", "S02"], "sex": ["female", "male"]})
ROWS = [f"{site},{sex},{arm}" for site in ("S01", "S02") for sex in ("female", "male") for arm in ("X", "Y")]


def csv(*rows, header="site,sex,arm"):
    return "\n".join([header, *rows]).encode()


@pytest.fixture
def ready(own_database, world, ben, ada):
    with reading_as(ben):
        return stages.ready_to_randomise(world, by=ben, investigator=ada, at=AT)


def ask(client, participant):
    return client.post(
        reverse("pharmacy:randomisation-randomise", args=[participant.public_id]),
        {"typed_code": participant.screening_number, "password": PASSWORD, "submission_id": str(uuid.uuid4())},
    )


def nothing_was_written(database):
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute(
            "SELECT (SELECT count(*) FROM patients_randomisation), (SELECT count(participant_id) FROM allocation.slot),"
            " (SELECT count(participant_id) FROM pharmacy_kit)"
        )
        return cursor.fetchone() == (0, 0, 0)


# --- a statistician's list ---


def test_a_file_is_read_in_its_order_with_its_strata():
    places = read_places(csv(*ROWS, "S01;female".replace(";", ",") + ",Y"), expected=EXPECTED)

    assert [place.arm for place in places if place.stratum == "S01 · female"] == ["X", "Y", "Y"]
    assert {place.stratum for place in places} == set(EXPECTED.strata)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv(*ROWS, "S03,female,X"), "Line 10: site holds “S03”; allowed are S01, S02."),
        (csv(*ROWS, "S01,female,Q"), "Line 10: arm holds “Q”; allowed are X, Y."),
        (csv(*ROWS, "S01,,X"), "Line 10: sex holds nothing; allowed are female, male."),
        (csv(*ROWS[:-2]), "The stratum S02 · male has no row."),
        (csv(*ROWS, header="site,arm,sex2"), "The column “sex” is missing."),
        (csv(*ROWS, header="site,sex,arm,number"), "The column “number” is none that a list has."),
        (csv(*(f"{row},1" for row in ROWS), "S01,male,X,0", header="site,sex,arm,block"), "Line 10: the block “0”"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"", "The column “site” is missing."),
    ],
    ids=["site", "arm", "empty cell", "stratum left out", "column missing", "column too many", "block", "no text",
         "nothing"],
)  # fmt: skip
def test_a_faulty_file_is_refused_whole_with_its_line(content, words):
    with pytest.raises(Refused) as refusal:
        read_places(content, expected=EXPECTED)

    assert words in " ".join([refusal.value.message, *refusal.value.details])


def test_the_statistician_uploads_looks_seals_and_people_get_the_arms_in_order(
    own_database, uploading, stan, ben, ada, client_for
):
    first, second = sorted(arm.code for arm in definition_of(uploading.version).arms)
    order = [second, second, first, second, first, first]
    content = csv(*(f"S01,{arm}" for arm in order), f"S02,{first}", header="site,arm")
    client, page = client_for(stan), reverse("pharmacy:allocation-list")

    faulty = client.post(
        reverse("pharmacy:allocation-list-upload"), {"file": SimpleUploadedFile("list.csv", content + b"\nS09,Q")}
    )
    kept = allocation.lists(trial_id=uploading.trial.pk, by=stan)
    taken = client.post(reverse("pharmacy:allocation-list-upload"), {"file": SimpleUploadedFile("list.csv", content)})
    (draft,) = allocation.lists(trial_id=uploading.trial.pk, by=stan)
    client.post(reverse("pharmacy:allocation-list-seal"), {"seen_digest": draft.digest, "password": PASSWORD})

    assert faulty.status_code == 422 and "Line 9" in text_of(faulty) and kept == []
    assert taken.status_code == 302 and "list.csv" in text_of(client.get(page))
    with reading_as(ben):
        people = [stages.randomised(uploading, by=ben, investigator=ada, at=AT) for _ in range(4)]
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "SELECT arm FROM allocation.slot WHERE participant_id = ANY(%s) ORDER BY participant_id",
            [[person.pk for person in people]],
        )
        assert [row[0] for row in cursor.fetchall()] == order[:4]


def test_the_protocol_decides_the_method(own_database, uploading, stan):
    with reading_as(stan):
        version = latest_version(uploading.trial)
        with pytest.raises(Refused, match="comes as a file"):
            actions.make_allocation_list(version, slots_per_stratum=12, by=stan, at=AT)
        with pytest.raises(Refused, match="made here and not uploaded"):
            actions.upload_allocation_list(uploading.version, content=b"", file_name="x", by=stan, at=AT)


def test_a_rehearsal_writes_nothing_and_never_looks_at_the_list(own_database, world, stan, client_for):
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry")
        before = cursor.fetchone()
        # The page shows when it was read.
        cursor.execute("UPDATE clock.state SET held_at = %s", [AT])
    page = reverse("pharmacy:rehearsal")

    answers = [client_for(stan).get(page, {"people": 40, "trials": 10, "seed": "one"}) for _ in range(2)]
    other = client_for(stan).get(page, {"people": 40, "trials": 10, "seed": "two"})
    wrong = client_for(stan).get(page, {"people": 1000, "trials": 10, "seed": "two"})

    assert text_of(answers[0]) == text_of(answers[1]) != text_of(other) and wrong.status_code == 422
    with owner_cursor(own_database) as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry")
        assert cursor.fetchone() == before
        cursor.execute("SELECT count(*) FROM audit.access WHERE kind = 'allocation list'")
        assert cursor.fetchone() == (0,)


# --- frozen ---


def test_strata_are_frozen_at_allocation_for_everybody_and_the_owner(ready, own_database, ben):
    with reading_as(ben):
        made = actions.randomise(ready, submission_id=uuid.uuid4(), by=ben, at=AT)

    assert (made.stratum, made.factors) == ("S01", {"site": "S01"})
    with owner_cursor(own_database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false)")
        for statement in (
            "UPDATE patients_randomisation SET stratum = 'S02'",
            "UPDATE patients_randomisation SET factors = '{}'",
            "DELETE FROM patients_randomisation",
        ):
            with pytest.raises(Exception, match="never changed"):
                cursor.execute(statement)
        with pytest.raises(Exception, match="sealed"):
            cursor.execute("UPDATE allocation.slot SET levels = '{}' WHERE participant_id IS NOT NULL")
    with reading_as(ben), pytest.raises(Exception, match=r"permission denied|never changed"):
        Randomisation.objects.update(stratum="S02")


# --- fails closed ---


def test_without_a_list_without_a_slot_and_without_a_kit_it_says_so_and_writes_nothing(
    own_database, ready, world, ben, client_for
):
    client = client_for(ben)
    with unlocked(own_database) as cursor:
        cursor.execute("UPDATE allocation.slot SET stratum = 'x' || stratum")
    exhausted = ask(client, ready)
    with unlocked(own_database) as cursor:
        cursor.execute("UPDATE allocation.slot SET stratum = substr(stratum, 2)")
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("UPDATE pharmacy_kit SET state = 'quarantined'")
    no_kit = ask(client, ready)
    with unlocked(own_database) as cursor:
        cursor.execute("UPDATE allocation.list SET sealed_at = NULL")
        cursor.execute("DELETE FROM pharmacy_allocationlist")
    no_list = ask(client, ready)

    assert [answer.status_code for answer in (exhausted, no_kit, no_list)] == [422, 422, 422]
    assert "no slot left in this stratum" in text_of(exhausted)
    assert "Kits in stock at the site: 0 in stock" in text_of(no_kit)
    assert "no sealed list" in text_of(no_list)
    assert all("Nothing was allocated." in text_of(answer) for answer in (exhausted, no_kit, no_list))
    assert nothing_was_written(own_database)


def test_a_busy_lock_is_told_after_a_while_and_nothing_is_written(own_database, ready, ben, client_for):
    with owner_cursor(own_database) as cursor:
        cursor.execute(
            "ALTER FUNCTION allocation.allocate(bigint, text, jsonb, timestamptz) SET lock_timeout = '300ms'"
        )
        cursor.execute("SELECT id FROM allocation.list")
        cursor.execute(
            "SELECT pg_advisory_lock(hashtextextended('allocation ' || %s || ' S01', 0))", [cursor.fetchone()[0]]
        )
        busy = ask(client_for(ben), ready)
        assert busy.status_code == 422 and "Others are being randomised just now" in text_of(busy)
        assert nothing_was_written(own_database)

    assert ask(client_for(ben), ready).status_code == 302


@pytest.fixture
def unblinded_login_down(own_database):
    """The unblinded login has no server to speak to."""
    settings = connections["unblinded"].settings_dict
    before = settings["PORT"]
    connections["unblinded"].close()
    settings["PORT"] = "1"
    yield
    connections["unblinded"].close()
    settings["PORT"] = before


def test_with_the_unblinded_login_down_pages_say_so_and_nothing_is_written(
    own_database, ready, ada, ben, stan, client_for, unblinded_login_down
):
    randomised = ask(client_for(ben), ready)
    unblinding = client_for(ada).post(
        reverse("pharmacy:unblinding-unblind", args=[ready.public_id]),
        {"typed_code": ready.screening_number, "password": PASSWORD, "reason": "Seizure, now"},
    )
    client = client_for(stan)
    client.raise_request_exception = False
    page = client.get(reverse("pharmacy:allocation-list"))

    # Randomising asks nothing of that login: it goes on.
    assert randomised.status_code == 302
    assert unblinding.status_code == 422 and "Seizure, now" in text_of(unblinding)
    assert "The unblinded room cannot be reached. Nothing was done." in text_of(unblinding)
    assert page.status_code == 503
    with reading_as(ada):
        assert not Unblinding.objects.exists()


def test_a_participant_keeps_one_row_whatever_is_sent_again(own_database, ready, ben, client_for):
    answers = [ask(client_for(ben), ready).status_code for _ in range(3)]

    assert answers == [302, 302, 302]
    with reading_as(ben):
        assert Randomisation.objects.count() == Kit.objects.filter(state="assigned").count() == 1
        assert Participant.objects.get(pk=ready.pk).status == "randomised"
    connection.close()
