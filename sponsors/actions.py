"""Verbs that write: tokens made and revoked, exports asked for and made."""

import csv
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from assessments.queries import forms_described
from core.audit import log_access
from core.contributions import contribution, reading_as
from core.errors import Conflict, Refused
from core.models import Person
from core.spreadsheets import harmless
from sponsors.datasets import DATASETS, Column, Dataset, Viewpoint, plain
from sponsors.models import ApiToken, ExportJob
from trials.models import Trial
from trials.queries import current_version

PREFIX = "tms_live_"
SCOPES = {
    "study:read": "read the study's frame",
    "data:read": "read everything but adverse events and free text",
    "safety:read": "read adverse events",
    "notes:read": "read free text",
    "exports:create": "make exports",
}
LONGEST_DAYS = 365
ROWS_AT_ONCE = 500


def make_token(
    *,
    name: str,
    scopes: Sequence[str],
    blinding_class: str,
    site_ids: Sequence[int],
    days: int,
    trial: Trial,
    by: Person,
    at: datetime,
) -> tuple[ApiToken, str]:
    """Makes a token and returns it with its secret, which is kept as a digest and never shown again."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise Refused("Choose at least one of the scopes offered.", field="scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"A token lives between 1 and {LONGEST_DAYS} days.", field="days")
    # The same form sent again, by a reload of the page that shows the secret, would leave a second one open unseen.
    if ApiToken.objects.filter(owner=by, name=name, revoked_at=None, expires_at__gt=at).exists():
        raise Refused("You have a valid token of this name. Choose another name, or revoke that one.", field="name")
    secret = PREFIX + secrets.token_urlsafe(32)
    with contribution(by=by, reason=f"API token {name} made"):
        token = ApiToken.objects.create(
            name=name,
            owner=by,
            trial=trial,
            digest=digest_of(secret),
            scopes=list(scopes),
            blinding_class=blinding_class,
            site_ids=list(site_ids),
            expires_at=at + timedelta(days=days),
        )
    return token, secret


def revoke_token(token: ApiToken, *, by: Person, at: datetime) -> None:
    """Ends a token at once."""
    with contribution(by=by, reason="API token revoked"):
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])


def digest_of(secret: str) -> str:
    """Returns the SHA-256 under which a secret is kept; it is random, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_export(
    *,
    datasets: Sequence[str],
    viewpoint: Viewpoint,
    trial: Trial,
    idempotency_key: str,
    by: Person,
    token: ApiToken | None = None,
) -> ExportJob:
    """Asks for an export; the same key answers the same job, and raises Conflict for other contents."""
    open_names = [name for name, dataset in DATASETS.items() if dataset.is_open_to(viewpoint)]
    wanted = list(datasets) or open_names
    if unknown := [name for name in wanted if name not in open_names]:
        raise Refused(f"There is no dataset “{unknown[0]}”.", field="datasets")
    known = ExportJob.objects.filter(requested_by=by, idempotency_key=idempotency_key).first()
    if known is not None:
        if known.datasets != wanted:
            raise Conflict("This Idempotency-Key was used for another export. Use a new one.")
        return known
    try:
        with transaction.atomic(), contribution(by=by, reason="Export asked for"):
            log_access("export", ", ".join(wanted))
            return ExportJob.objects.create(
                trial=trial,
                requested_by=by,
                token=token,
                idempotency_key=idempotency_key,
                datasets=wanted,
                blinding_class=viewpoint.blinding_class,
                site_ids=list(viewpoint.site_ids) if viewpoint.site_ids is not None else None,
                total=len(wanted),
            )
    except IntegrityError:
        return ExportJob.objects.get(requested_by=by, idempotency_key=idempotency_key)


def cancel_export(job: ExportJob, *, by: Person) -> None:
    """Cancels an export that is not ready yet."""
    with contribution(by=by, reason="Export cancelled"):
        ExportJob.objects.filter(pk=job.pk, state__in=["waiting", "running"]).update(state="cancelled")


def claim_export() -> ExportJob | None:
    """Takes the oldest waiting export for this worker, or returns None."""
    with contribution(by=Person.objects.system("exports"), reason="Export begun"):
        job = ExportJob.objects.filter(state="waiting").order_by("id").select_for_update(skip_locked=True).first()
        if job is not None:
            job.state = "running"
            job.save(update_fields=["state"])
    return job


def make_files(job: ExportJob, *, at: datetime) -> None:
    """Writes the files of an export as its requester sees the data, and keeps progress after each."""
    folder = folder_of(job)
    folder.mkdir(parents=True, exist_ok=True)
    viewpoint = viewpoint_of(job)
    files: list[dict[str, Any]] = []
    for name in job.datasets:
        job.refresh_from_db(fields=["state"])
        if job.state == "cancelled":
            return
        with reading_as(job.requested_by):
            files.append(_write_csv(DATASETS[name], viewpoint, folder))
        _keep_progress(job, files)
    _finish(job, files, at=at)


def fail_export(job: ExportJob, *, reason: str) -> None:
    """Records that an export could not be made."""
    with contribution(by=Person.objects.system("exports"), reason="Export failed"):
        ExportJob.objects.filter(pk=job.pk).update(state="failed", failure=reason[:300])


def folder_of(job: ExportJob) -> Path:
    """Returns where an export's files are; the name comes from the row, never from a request."""
    return Path(settings.EXPORT_DIR) / job.public_id


def viewpoint_of(job: ExportJob) -> Viewpoint:
    """Returns how much an export may show."""
    notes = job.token is not None and "notes:read" in job.token.scopes
    sites = tuple(job.site_ids) if job.site_ids is not None else None
    return Viewpoint(job.blinding_class, notes=notes, site_ids=sites)


def _write_csv(dataset: Dataset, viewpoint: Viewpoint, folder: Path) -> dict[str, Any]:
    columns, count = dataset.columns_for(viewpoint), 0
    path = folder / f"{dataset.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.name for column in columns)
        for row in _rows(dataset, viewpoint):
            writer.writerow(_cell(column, row) for column in columns)
            count += 1
    content = path.read_bytes()
    return {
        "name": path.name,
        "dataset": dataset.name,
        "rows": count,
        "columns": [column.name for column in columns],
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _rows(dataset: Dataset, viewpoint: Viewpoint) -> Iterator[Any]:
    """Yields rows by keyset, so that memory stays constant."""
    last = 0
    while True:
        batch = list(dataset.rows_for(viewpoint).filter(pk__gt=last)[:ROWS_AT_ONCE])
        if not batch:
            return
        yield from batch
        last = batch[-1].pk


def _cell(column: Column, row: Any) -> Any:
    value = plain(column.read(row))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and column.type == "text":
        return harmless(value)
    return "" if value is None else value


def _keep_progress(job: ExportJob, files: list[dict[str, Any]]) -> None:
    with contribution(by=Person.objects.system("exports"), reason="Export under way"):
        rows = sum(file["rows"] for file in files)
        ExportJob.objects.filter(pk=job.pk).update(done=len(files), rows=rows, files=files)


def _finish(job: ExportJob, files: list[dict[str, Any]], *, at: datetime) -> None:
    version = current_version()
    manifest = {
        "export": job.public_id,
        "study": job.trial.code,
        "protocol_version": version.version if version else None,
        "blinding_class": job.blinding_class,
        "made_at": at.isoformat(),
        "files": files,
        # What the items of the trial's own forms ask stands in no protocol file once a form was published anew.
        "own_forms": forms_described(),
    }
    (folder_of(job) / "manifest.json").write_text(json.dumps(manifest, indent=1))
    with contribution(by=Person.objects.system("exports"), reason="Export finished"):
        ExportJob.objects.filter(pk=job.pk, state="running").update(state="succeeded", finished_at=at)
