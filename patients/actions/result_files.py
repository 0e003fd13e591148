"""A file of results: kept as sent, planned row by row, and loaded whole or not at all."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import connection

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.form_fields import MomentField
from core.models import Person
from patients import queries
from patients.actions.facts import CLOSED
from patients.actions.results import (
    CHANGED,
    NEW,
    SAME,
    Known,
    PlannedResult,
    ResultEntry,
    known_of,
    plan_result,
    write_results,
)
from patients.models import Participant, ResultFile, ResultLoad, Visit
from patients.result_rows import Row, RowFault, as_decimal, read_rows

if TYPE_CHECKING:
    from trials.models import Site


@dataclass(frozen=True)
class PlannedRow:
    """One row of a file and what would become of it."""

    number: int
    result: PlannedResult


@dataclass(frozen=True)
class LoadPlan:
    """What loading a file would do: each row new, changed or the same, or the reasons why the file is refused."""

    rows: tuple[PlannedRow, ...]
    faults: tuple[RowFault, ...]
    count: int
    known: Known

    def of(self, state: str) -> list[PlannedRow]:
        """Returns the rows with which one thing would happen."""
        return [row for row in self.rows if row.result.state == state]

    @property
    def refused_rows(self) -> int:
        """Returns how many rows have a fault."""
        return len({fault.row for fault in self.faults})

    @property
    def digest(self) -> str:
        """Returns by what it is seen that the plan is still the one that was shown."""
        said = [(row.number, row.result.state, row.result.value) for row in self.rows]
        return hashlib.sha256(repr((said, len(self.faults))).encode()).hexdigest()


def keep_result_file(site: "Site", *, name: str, content: bytes, by: Person, at: datetime) -> ResultFile:
    """Keeps a file as it was sent; the same file again answers the row that is there.

    Raises Refused for a file that cannot be read as results at all.
    """
    read_rows(content)
    digest = hashlib.sha256(content).hexdigest()
    with contribution(by=by, reason="File of results sent"):
        file, _ = ResultFile.objects.get_or_create(
            site=site,
            digest=digest,
            defaults={
                "name": name[-120:] or "results.csv",
                "size": len(content),
                "packed": zlib.compress(content),
                "sent_at": at,
                "recorded_by": by,
            },
        )
    return file


def plan_load(file: ResultFile, *, at: datetime) -> LoadPlan:
    """Returns what loading a file would do, in few statements however many rows it has; nothing is written."""
    read = read_rows(file.content)
    numbers = {row.cells["participant"] for row in read.rows}
    people = {
        person.screening_number: person
        for person in Participant.objects.filter(site_id=file.site_id, screening_number__in=numbers).select_related(
            "site", "protocol_version"
        )
    }
    visits = {
        (visit.participant_id, visit.code): visit
        for visit in Visit.objects.filter(participant__in=list(people.values()))
    }
    open_people = {number: person for number, person in people.items() if person.protocol_version is not None}
    known = known_of(list(open_people.values()))
    consented = queries.consented_ids([person.pk for person in open_people.values()])
    moment = MomentField(zone=file.site.zone, not_after=at)
    planned: list[PlannedRow] = []
    faults = list(read.faults)
    seen: dict[object, int] = {}
    for row in read.rows:
        try:
            result = _planned(row, people, visits, consented, known=known, moment=moment, at=at)
            if result.key in seen:
                raise Refused(f"The same result stands in row {seen[result.key]} already.", field="test")
            seen[result.key] = row.number
            planned.append(PlannedRow(row.number, result))
        except Refused as refusal:
            faults.append(RowFault(row.number, COLUMN_OF.get(refusal.field, refusal.field), refusal.message))
    faults.sort(key=lambda fault: fault.row)
    return LoadPlan(tuple(planned), tuple(faults), read.count, known)


COLUMN_OF = {"measure": "test"}


def load_results(file: ResultFile, *, shown_digest: str, by: Person, at: datetime) -> ResultLoad:
    """Loads a file as it was shown, all of it in one transaction; loaded again it finds everything there.

    Raises Refused while a row is refused, and Conflict when the record changed since the preview.
    """
    with contribution(by=by, reason=f"Results loaded from {file.name}"):
        # Two loads at one site are one after the other, so that the second finds what the first one wrote.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('results loaded'), %s)", [file.site_id])
        plan = plan_load(file, at=at)
        if plan.faults:
            raise Refused("A file with a refused row is not loaded, not even in part. Mend it and send it again.")
        if plan.digest != shown_digest:
            raise Conflict("The record changed since this preview was made. Look at the new one, then load.")
        write_results([row.result for row in plan.rows], known=plan.known, by=by, at=at, file=file)
        return ResultLoad.objects.create(
            file=file,
            site_id=file.site_id,
            new=len(plan.of(NEW)),
            changed=len(plan.of(CHANGED)),
            same=len(plan.of(SAME)),
            loaded_at=at,
            recorded_by=by,
        )


def _planned(
    row: Row,
    people: dict[str, Participant],
    visits: dict[tuple[int, str], Visit],
    consented: Sequence[int] | set[int],
    *,
    known: Known,
    moment: MomentField,
    at: datetime,
) -> PlannedResult:
    cells = row.cells
    participant = people.get(cells["participant"])
    if participant is None:
        raise Refused(f"Nobody of this site has the number “{cells['participant']}”.", field="participant")
    if participant.protocol_version is None or participant.pk not in consented:
        raise Refused(f"{participant.screening_number} has not consented: no result is recorded.", field="participant")
    if participant.status in CLOSED:
        raise Refused(f"{participant.screening_number} has left the trial.", field="participant")
    visit = visits.get((participant.pk, cells["visit"])) if cells["visit"] else None
    if cells["visit"] and visit is None:
        raise Refused(f"“{cells['visit']}” is not a visit of {participant.screening_number}.", field="visit")
    try:
        collected_at = moment.clean(cells["collected_at"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="collected_at") from None
    entry = ResultEntry(
        measure=cells["test"].casefold(),
        value=as_decimal(cells["value"]) or "",
        unit=cells["unit"],
        collected_at=collected_at,
        laboratory=cells["laboratory"],
        report=cells["report"],
        reason=cells["reason"],
    )
    return plan_result(participant, visit, entry, known=known, at=at)
