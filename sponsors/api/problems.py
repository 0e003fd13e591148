"""Every error as application/problem+json (RFC 9457), with what to do and an id to quote."""

from typing import Any

from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import Conflict, Refused
from core.problems import CONTENT_TYPE, problem_body


class UnknownParameter(exceptions.APIException):
    """A query parameter or value that this resource does not know."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.errors = [{"pointer": pointer, "code": "unknown", "message": message}]


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Returns the problem for an error; None lets an unforeseen one become 500."""
    if isinstance(error, Refused):
        return _problem(422, error.message, errors=_errors_of(error))
    if isinstance(error, Http404):
        return _problem(404, "There is nothing here that this token may see.")
    answer = exception_handler(error, context)
    if answer is None:
        return None
    detail = getattr(error, "detail", "")
    found = _problem(answer.status_code, str(detail), errors=getattr(error, "errors", []))
    for name, value in answer.headers.items():
        if name.lower() in ("www-authenticate", "retry-after", "allow"):
            found[name] = value
    return found


def _errors_of(error: Refused) -> list[dict[str, str]]:
    code = "conflict" if isinstance(error, Conflict) else "refused"
    return [{"pointer": f"/{error.field}", "code": code, "message": text} for text in (error.message, *error.details)]


def _problem(code: int, detail: str, *, errors: list[dict[str, str]] | None = None) -> Response:
    body = problem_body(code, detail, kind=f"/api/v1/docs/#problem-{code}", errors=errors or [])
    return Response(body, status=code, content_type=CONTENT_TYPE)
