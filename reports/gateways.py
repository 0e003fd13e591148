"""The gateways on which reports leave: a folder that another program empties, and e-mail.

AS2, by which regulators' own gateways are reached, is a matter of the program that empties the folder.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from smtplib import SMTPException
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.core.mail import EmailMessage

from protocol.case_reports import FOLDER, MAIL

if TYPE_CHECKING:
    from reports.models import Transmission


class GatewayError(Exception):
    """The report did not leave; the message says why, in a sentence, and repeats no address."""


class Gateway(Protocol):
    """A way out of the house."""

    def send(self, transmission: "Transmission") -> None:
        """Sends what a transmission holds; raises GatewayError where it did not leave."""

    def has(self, transmission: "Transmission") -> bool:
        """Returns whether it can be seen that the report left."""


class FolderGateway:
    """Puts each report as a file into a folder, whole or not at all, and never a second time."""

    def __init__(self, folder: Path) -> None:
        self.out, self.inbox, self.read = folder / "out", folder / "in", folder / "read"

    def send(self, transmission: "Transmission") -> None:
        """Writes the report under its batch number; a file that is there with the same content is the report."""
        target, content = self._file(transmission), transmission.content.encode()
        unfinished = target.with_suffix(f".{os.getpid()}.part")
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
        except OSError as error:
            raise GatewayError(f"The folder cannot be written to ({type(error).__name__}).") from error
        try:
            # A link is made whole or not at all, and never over a file that is there.
            os.link(unfinished, target)
        except FileExistsError:
            if not self.has(transmission):
                raise GatewayError("Another file lies in the folder under this number.") from None
        except OSError as error:
            raise GatewayError(f"The folder takes no file ({type(error).__name__}).") from error
        finally:
            unfinished.unlink(missing_ok=True)

    def has(self, transmission: "Transmission") -> bool:
        """Returns whether the report lies in the folder, as it is."""
        target = self._file(transmission)
        return target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == transmission.digest

    def answers(self) -> Iterator[Path]:
        """Returns the acknowledgements that lie in the folder and were not read."""
        if self.inbox.is_dir():
            yield from sorted(path for path in self.inbox.iterdir() if path.suffix == ".xml")

    def put_away(self, answer: Path) -> None:
        """Moves an acknowledgement that was looked at out of the way."""
        self.read.mkdir(parents=True, exist_ok=True)
        answer.rename(self.read / answer.name)

    def _file(self, transmission: "Transmission") -> Path:
        return self.out / f"{transmission.batch_number}.xml"


class MailGateway:
    """Sends each report as an attachment, under a Message-ID of its own."""

    def __init__(self, address: str) -> None:
        self.address = address

    def send(self, transmission: "Transmission") -> None:
        """Sends the letter; in a house that sends no mail it is only kept as sent."""
        if not self.address:
            raise GatewayError("No address is set to which reports go by e-mail.")
        letter = EmailMessage(
            f"Safety report {transmission.batch_number}",
            "The report is attached as XML. Please acknowledge it.",
            settings.DEFAULT_FROM_EMAIL,
            [self.address],
            headers={"Message-ID": f"<{transmission.batch_number}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>"},
        )
        letter.attach(f"{transmission.batch_number}.xml", transmission.content, "application/xml")
        try:
            if settings.MESSAGES_LEAVE_THE_HOUSE:
                letter.send()
        except (SMTPException, OSError) as error:
            raise GatewayError(f"The mail server refused or could not be reached ({type(error).__name__}).") from error

    def has(self, transmission: "Transmission") -> bool:
        """Returns False: of a letter nobody can see whether it arrived."""
        return False


def configured() -> Mapping[str, Gateway]:
    """Returns the gateways of this installation."""
    return {FOLDER: folder(), MAIL: MailGateway(settings.REPORT_EMAIL)}


def folder() -> FolderGateway:
    """Returns the folder of this installation."""
    return FolderGateway(Path(settings.REPORT_DIR))
