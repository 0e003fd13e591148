"""Reads a protocol file into the trial as an immutable version; a bad file is refused with all its faults."""

from argparse import ArgumentParser
from pathlib import Path
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from protocol.definition import ProtocolFaults, load
from trials.actions import load_protocol
from trials.models import Trial


class Command(BaseCommand):
    """Loads a protocol; the first one opens the trial."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Asks for the file, and for the sponsor where the file opens the trial."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--sponsor", default="", help="name of the sponsor; needed for the first protocol")
        parser.add_argument("--sponsor-zone", default="UTC", help="IANA zone in which reporting days are counted")
        parser.add_argument("--alias", default="the study", help="what messages to participants call the trial")

    def handle(self, *args: object, file: Path, sponsor: str, sponsor_zone: str, alias: str, **options: object) -> None:
        """Loads the file under the name of the set-up actor."""
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        text, setup = file.read_text(), Person.objects.system("setup")
        try:
            code, title = load(text).code, load(text).title
            with contribution(by=setup, reason=f"Protocol file {file.name}"):
                trial = Trial.objects.filter(code=code).first() or self._open_trial(
                    code, title=title, sponsor=sponsor, zone=sponsor_zone, alias=alias
                )
                version = load_protocol(text, trial=trial, by=setup, at=clock.now())
        except ProtocolFaults as faults:
            listed = "\n".join(f"  {fault}" for fault in faults.faults)
            raise CommandError(f"{file} was not loaded. {len(faults.faults)} faults:\n{listed}") from faults
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{trial.code} version {version.version} is loaded, SHA-256 {version.digest}.")

    def _open_trial(self, code: str, *, title: str, sponsor: str, zone: str, alias: str) -> Trial:
        if Trial.objects.exists():
            raise Refused(f"This installation runs another trial. {code} was not loaded.")
        if not sponsor:
            raise Refused("Name the sponsor with --sponsor: this protocol opens the trial.")
        if zone not in available_timezones():
            raise Refused(f"“{zone}” is no time zone. Use a name such as Europe/Lisbon.")
        return Trial.objects.create(
            code=code, title=title, sponsor_name=sponsor, sponsor_zone=zone, message_alias=alias
        )
