"""The door of the demo: one press signs in as a synthetic person."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts import write_attempt
from core.models import Person
from core.permissions import public, signed_in
from core.returning import way_back
from demo.loading import loaded_so_far
from demo.people import PEOPLE


@public
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in as one of the demo's own people, and nobody else."""
    if not settings.DEMO:
        raise Http404
    names = [member.username for member in PEOPLE]
    person = Person.objects.filter(public_id=request.POST.get("person", ""), username__in=names, is_active=True).first()
    if person is None:
        raise Http404
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    write_attempt(request, username=person.username, outcome="signed in", person=person)
    return redirect(way_back(request) or "/")


@signed_in
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """Says how many of the demo's participants are there."""
    return render(request, "demo/_progress.html", {"load": loaded_so_far()})
