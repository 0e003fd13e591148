"""The command that loads a protocol file: the first opens the trial, a bad one is refused with every fault."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.cast import PROTOCOL_FILE
from tests.databases import connected_to, copied_database
from trials.models import ProtocolVersion, Trial


@pytest.fixture
def empty(template, django_db_blocker):
    """An installation without a trial."""
    with copied_database(template) as name, django_db_blocker.unblock(), connected_to(name):
        yield name


def test_the_first_protocol_opens_the_trial_and_loading_it_again_changes_nothing(empty):
    out = StringIO()

    for _ in range(2):
        call_command("load_protocol", PROTOCOL_FILE, sponsor="Sponsor Ltd", sponsor_zone="Europe/Lisbon", stdout=out)

    version = ProtocolVersion.objects.get()
    assert version.digest in out.getvalue() and Trial.objects.get().sponsor_zone == "Europe/Lisbon"


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "Name the sponsor"), ({"sponsor": "S", "sponsor_zone": "Mars/Base"}, "no time zone")],
    ids=["no sponsor", "no such zone"],
)
def test_a_trial_is_not_opened_half(empty, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("load_protocol", PROTOCOL_FILE, **options)

    assert not Trial.objects.exists()


def test_a_malformed_protocol_is_refused_with_its_faults_and_their_lines(empty, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(PROTOCOL_FILE.read_text().replace("sbp <= 150", "sbp_sitting <= 150", 1))

    with pytest.raises(CommandError, match=r"line \d+") as refusal:
        call_command("load_protocol", bad, sponsor="S")

    assert "sbp_sitting" in str(refusal.value) and not ProtocolVersion.objects.exists()


def test_other_content_under_a_known_version_is_refused(db, world, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(PROTOCOL_FILE.read_text() + "\n# another content\n")

    with pytest.raises(CommandError, match="loaded with other content"):
        call_command("load_protocol", other)


def test_a_missing_file_and_another_trial_are_said_in_words(db, world, tmp_path):
    other = tmp_path / "other.yaml"
    code = world.trial.code
    other.write_text(PROTOCOL_FILE.read_text().replace(code, "OTHER-01"))

    with pytest.raises(CommandError, match="no file"):
        call_command("load_protocol", tmp_path / "absent.yaml")
    with pytest.raises(CommandError, match="another trial"):
        call_command("load_protocol", other, sponsor="S")
