"""Recording in the cockpit by a form: one kind, one action, back to the chart."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from core.errors import Refused
from core.permissions import Permission, requires
from core.requests import PageRequest
from sessions import queries
from sessions.access import session_for
from sessions.kinds import KINDS
from sessions.views.panels import done, refused, show


@requires(Permission.SESSION_RECORD)
@require_POST
def record_entry(request: PageRequest, public_id: str, kind: str) -> HttpResponse:
    """Takes the form of one kind to its action; what is refused comes back with everything typed."""
    session = session_for(request.viewer, public_id, Permission.SESSION_RECORD)
    if kind not in KINDS:
        raise Http404
    form = KINDS[kind].build(session, at=request.now, data=request.POST)
    sheet = queries.sheet_of(session, request.POST.get("paper", ""))
    if sheet is not None:
        # What stands on paper has the time that is written there.
        form.fields["observed_at"].required = True
    if form.is_valid():
        try:
            stamp = form.stamp | ({"paper": sheet} if sheet is not None else {})
            KINDS[kind].record(session, form.cleaned_data, **stamp, by=request.viewer.person, at=request.now)
            return done(session)
        except Refused as refusal:
            return refused(request, session, panel=kind, form=form, refusal=refusal)
    return show(request, session, panel=kind, form=form)
