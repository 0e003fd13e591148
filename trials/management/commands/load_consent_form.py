"""Reads a consent form's file into a site as an immutable version; a bad file is refused with all its faults."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.contributions import reading_as
from core.errors import Refused
from core.models import Person
from protocol.document import ProtocolFaults
from trials.actions import load_consent_form
from trials.models import ProtocolVersion, Site


class Command(BaseCommand):
    """Loads a consent form; the investigator puts it in force on its page."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Asks for the file, the site, and the protocol version that the form is about."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--site", required=True, help="code of the site")
        parser.add_argument("--protocol", required=True, help="version of the protocol that the form is about")

    def handle(self, *args: object, file: Path, site: str, protocol: str, **options: object) -> None:
        """Loads the file under the name of the set-up actor."""
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        setup = Person.objects.system("setup")
        with reading_as(setup):
            place = Site.objects.filter(code=site).first()
            version = ProtocolVersion.objects.filter(version=protocol).first()
            if place is None or version is None:
                raise CommandError(
                    f"There is no {f'site {site}' if place is None else f'protocol version {protocol}'}."
                )
            try:
                form = load_consent_form(
                    file.read_text(), site=place, protocol_version=version, by=setup, at=clock.now()
                )
            except ProtocolFaults as faults:
                listed = "\n".join(f"  {fault}" for fault in faults.faults)
                raise CommandError(f"{file} was not loaded. {len(faults.faults)} faults:\n{listed}") from faults
            except Refused as refusal:
                raise CommandError(refusal.message) from refusal
        self.stdout.write(
            f"{site}: consent form {form.version} ({form.language}) is loaded, SHA-256 {form.digest}."
            " The investigator puts it in force."
        )
