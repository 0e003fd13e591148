"""Errors as application/problem+json (RFC 9457), with what to do and an id to quote."""

from collections.abc import Iterable
from typing import Any

from django.http import JsonResponse

from core.identifiers import random_code

CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "The request cannot be understood",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Somebody else was first",
    413: "Too large",
    422: "Refused",
    423: "Locked",
    429: "Too many requests",
}


def problem_body(
    code: int, detail: str, *, kind: str = "about:blank", errors: Iterable[dict[str, str]] = ()
) -> dict[str, Any]:
    """Returns the body of a problem; `kind` is the address that explains it."""
    return {
        "type": kind,
        "title": TITLES.get(code, "Error"),
        "status": code,
        "detail": detail,
        "errors": list(errors),
        "request_id": f"req_{random_code(12)}",
    }


def problem(
    code: int, detail: str, *, kind: str = "about:blank", errors: Iterable[dict[str, str]] = ()
) -> JsonResponse:
    """Returns the answer that carries a problem."""
    return JsonResponse(problem_body(code, detail, kind=kind, errors=errors), status=code, content_type=CONTENT_TYPE)
