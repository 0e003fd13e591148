"""The resources of version 1: who am I, the datasets, and exports."""

import hashlib
import json
from typing import Any, cast

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import Refused
from core.permissions import Viewer
from core.requests import PageRequest
from sponsors import actions
from sponsors.access import export_for
from sponsors.api.cursors import seal, unseal
from sponsors.api.problems import UnknownParameter
from sponsors.datasets import DATASETS, Dataset, Viewpoint, as_row
from sponsors.models import ApiToken, ExportJob
from sponsors.queries import site_codes

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
PARAMETERS = {"limit", "after", "site"}


class PageSerializer(serializers.Serializer[Any]):
    """One page of a collection."""

    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class ExportRequestSerializer(serializers.Serializer[Any]):
    """What to export; everything the token may see when no dataset is named."""

    datasets = serializers.ListField(child=serializers.CharField(), required=False)


class ExportSerializer(serializers.Serializer[Any]):
    """An export and how far it is."""

    id = serializers.CharField()
    status = serializers.CharField()
    progress = serializers.DictField()
    files = serializers.ListField(child=serializers.DictField())


class WhoSerializer(serializers.Serializer[Any]):
    """What a token may see."""

    token = serializers.CharField()
    study = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    blinding_class = serializers.CharField()
    sites = serializers.ListField(child=serializers.CharField())
    datasets = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class Resource(APIView):
    """The base of every resource: scopes, the token's viewpoint, the study of the address."""

    scopes: tuple[str, ...] = ()

    @property
    def token(self) -> ApiToken:
        """Returns the token of the request."""
        return cast(ApiToken, self.request.auth)

    @property
    def viewpoint(self) -> Viewpoint:
        """Returns how much the token may see."""
        sites = tuple(self.token.site_ids) if self.token.site_ids else None
        return Viewpoint(self.token.blinding_class, notes="notes:read" in self.token.scopes, site_ids=sites)

    @property
    def viewer(self) -> Viewer:
        """Returns the token's owner with the memberships in force."""
        return cast(PageRequest, self.request._request).viewer

    def check_study(self, study: str) -> None:
        """Raises Http404 for a study that is not the token's."""
        if study != self.token.trial.code:
            raise Http404


class WhoAmI(Resource):
    """Says what the token may see, so that a script can print it."""

    scopes = ("study:read",)

    @extend_schema(responses=WhoSerializer)
    def get(self, request: Request) -> Response:
        """Returns scopes, blinding class, sites and datasets of the token."""
        viewpoint = self.viewpoint
        return Response(
            {
                "token": self.token.name,
                "study": self.token.trial.code,
                "scopes": self.token.scopes,
                "blinding_class": self.token.blinding_class,
                "sites": site_codes(self.token),
                "datasets": [name for name, dataset in DATASETS.items() if dataset.is_open_to(viewpoint)],
                "expires_at": self.token.expires_at,
            }
        )


class Collection(Resource):
    """One dataset in pages, ordered by key, with an opaque cursor."""

    dataset = "participants"
    scopes = ("data:read",)

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", OpenApiTypes.INT, description="Rows of a page, 1 to 1000; 100 by default."),
            OpenApiParameter("after", OpenApiTypes.STR, description="The next_cursor of the page before."),
            OpenApiParameter("site", OpenApiTypes.STR, description="A site's code."),
        ],
        responses=PageSerializer,
    )
    def get(self, request: Request, study: str) -> Response:
        """Returns a page of rows."""
        self.check_study(study)
        dataset = self._dataset()
        for name in request.query_params:
            if name not in PARAMETERS:
                raise UnknownParameter(name, f"“{name}” is not a parameter of this resource.")
        rows = dataset.rows_for(self.viewpoint)
        if site := request.query_params.get("site"):
            rows = rows.filter(site__code=site)
        if after := request.query_params.get("after"):
            rows = rows.filter(pk__gt=unseal(after))
        limit = _limit(request)
        found = list(rows[: limit + 1])
        page, more = found[:limit], len(found) > limit
        columns = dataset.columns_for(self.viewpoint)
        body = {
            "data": [as_row(row, columns) for row in page],
            "has_more": more,
            "next_cursor": seal(page[-1].pk) if page else request.query_params.get("after"),
        }
        return _with_tag(request, body)

    def _dataset(self) -> Dataset:
        dataset = DATASETS[self.dataset]
        if not dataset.is_open_to(self.viewpoint):
            raise Http404
        return dataset


class Participants(Collection):
    """Participants by code."""

    dataset = "participants"


class Visits(Collection):
    """Visits and contacts with their windows."""

    dataset = "visits"


class Sessions(Collection):
    """Dosing sessions."""

    dataset = "sessions"


class VitalSigns(Collection):
    """Vital signs of dosing sessions, corrections resolved."""

    dataset = "vital_signs"


class IntegrationSessions(Collection):
    """Integration sessions: who was there, the elements of therapy used, whether a change was mentioned."""

    dataset = "integration_sessions"


class AdverseEvents(Collection):
    """Adverse events in their latest revision, with their coded terms."""

    dataset = "adverse_events"
    scopes = ("safety:read",)


class Deviations(Collection):
    """Deviations and what was decided."""

    dataset = "deviations"


class Assessments(Collection):
    """Assessments and how far they are."""

    dataset = "assessments"


class ItemValues(Collection):
    """Answers as they were locked; raters' own once released."""

    dataset = "item_values"


class ItemCorrections(Collection):
    """Corrections after the lock; the highest version stands."""

    dataset = "item_corrections"


class Scores(Collection):
    """Scores; the highest computation stands."""

    dataset = "scores"


class MedicalHistory(Collection):
    """Medical and psychiatric history with its coded terms."""

    dataset = "medical_history"


class Medicines(Collection):
    """Prior and concomitant medicines with their coded names."""

    dataset = "medicines"


class MissedVisits(Collection):
    """Visits and contacts that did not take place, and why."""

    dataset = "missed_visits"


class ProceduresNotDone(Collection):
    """Procedures of visits that were not done."""

    dataset = "procedures_not_done"


class IncompleteAssessments(Collection):
    """Assessments that are missing or incomplete, and why; raters' own once released."""

    dataset = "incomplete_assessments"


class ContactAttempts(Collection):
    """Attempts to reach participants about visits, in numbers."""

    dataset = "contact_attempts"


class HarmEnquiries(Collection):
    """Enquiries about late harm that were not made, and why."""

    dataset = "harm_enquiries"


class IntercurrentEvents(Collection):
    """Intercurrent events that stand, with the strategy of the estimand."""

    dataset = "intercurrent_events"


class Exports(Resource):
    """Exports are asked for and made by a worker."""

    scopes = ("exports:create",)

    @extend_schema(request=ExportRequestSerializer, responses={202: ExportSerializer})
    def post(self, request: Request, study: str) -> Response:
        """Asks for an export; the Idempotency-Key makes the same request one job."""
        self.check_study(study)
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 255:
            raise Refused("Send an Idempotency-Key of 1 to 255 characters.", field="Idempotency-Key")
        body = ExportRequestSerializer(data=request.data)
        if not body.is_valid():
            raise Refused("Send datasets as a list of names.", field="datasets")
        job = actions.create_export(
            datasets=body.validated_data.get("datasets", []),
            viewpoint=self.viewpoint,
            trial=self.token.trial,
            idempotency_key=key,
            by=self.token.owner,
            token=self.token,
        )
        answer = Response(_shown(job, study), status=202)
        answer["Location"] = f"/api/v1/studies/{study}/exports/{job.public_id}"
        answer["Retry-After"] = "3"
        return answer


class Export(Resource):
    """One export."""

    scopes = ("exports:create",)

    @extend_schema(responses=ExportSerializer)
    def get(self, request: Request, study: str, public_id: str) -> Response:
        """Returns how far the export is, and its files once it is ready."""
        self.check_study(study)
        job = export_for(self.viewer, public_id)
        answer = Response(_shown(job, study))
        if job.state in ("waiting", "running"):
            answer["Retry-After"] = "3"
        return answer

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, study: str, public_id: str) -> Response:
        """Cancels the export."""
        self.check_study(study)
        job = export_for(self.viewer, public_id)
        actions.cancel_export(job, by=self.token.owner)
        return Response(status=204)


class ExportFile(Resource):
    """A file of an export."""

    scopes = ("exports:create",)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, study: str, public_id: str, name: str) -> FileResponse:
        """Returns the file; its name is looked up in the job's own list."""
        self.check_study(study)
        job = export_for(self.viewer, public_id)
        return file_of(job, name)


def file_of(job: ExportJob, name: str) -> FileResponse:
    """Returns a file of an export by the name in its list; raises Http404 for any other."""
    known = next((file for file in job.files if file["name"] == name), None)
    if known is None or job.state != "succeeded":
        raise Http404
    path = actions.folder_of(job) / known["name"]
    if not path.is_file():
        raise Http404
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=known["name"], content_type="text/csv")
    answer["Content-Digest"] = f"sha-256={known['sha256']}"
    return answer


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_LIMIT:
        raise UnknownParameter("limit", f"limit is a whole number from 1 to {LARGEST_LIMIT}.")
    return int(text)


def _with_tag(request: Request, body: dict[str, Any]) -> Response:
    tag = '"' + hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32] + '"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag})


def _shown(job: ExportJob, study: str) -> dict[str, Any]:
    base = f"/api/v1/studies/{study}/exports/{job.public_id}/files/"
    files = [file | {"url": base + file["name"]} for file in job.files] if job.state == "succeeded" else []
    progress = {"done": job.done, "total": job.total, "rows": job.rows}
    return {"id": job.public_id, "status": job.state, "progress": progress, "files": files}
