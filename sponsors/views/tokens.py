"""Tokens of the API, and the API's own description."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import Refused
from core.permissions import Permission, public, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from sponsors import actions
from sponsors.access import token_for, tokens_for
from sponsors.datasets import DATASETS
from sponsors.forms import TokenForm
from trials.queries import current_trial, sites_for


@requires(Permission.TOKEN_MANAGE)
@require_GET
def token_list(request: PageRequest) -> HttpResponse:
    """Lists the viewer's tokens."""
    tokens = tokens_for(request.viewer)
    valid = [token for token in tokens if token.revoked_at is None and token.expires_at > request.now]
    context = {
        "tokens": tokens,
        "now": request.now,
        "answers": [
            ("How many are valid?", len(valid), f"of {len(tokens)} made"),
            ("Which ends next?", min(valid, key=lambda t: t.expires_at).name if valid else "None", ""),
            ("What can they see?", "Blinded data", "never an arm, a kit or a name"),
        ],
    }
    return render(request, "sponsors/token_list.html", context)


@requires(Permission.TOKEN_MANAGE)
@require_http_methods(["GET", "POST"])
def token_add(request: PageRequest) -> HttpResponse:
    """Makes a token and shows its secret, once."""
    form = TokenForm(request.POST or None, sites=sites_for(request.viewer, Permission.TOKEN_MANAGE))
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            token, secret = actions.make_token(
                name=entered["name"],
                scopes=entered["scopes"],
                blinding_class=entered["blinding_class"],
                site_ids=[site.pk for site in entered["sites"]],
                days=entered["days"],
                trial=current_trial(),
                by=request.viewer.person,
                at=request.now,
            )
            return render(request, "sponsors/token_made.html", {"token": token, "secret": secret})
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "sponsors/token_add.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.TOKEN_MANAGE)
@require_POST
def token_revoke(request: PageRequest, public_id: str) -> HttpResponse:
    """Ends a token at once."""
    actions.revoke_token(token_for(request.viewer, public_id), by=request.viewer.person, at=request.now)
    return redirect("sponsors:token-list")


@public
@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    """Describes the API in words; it says nothing that differs between trials."""
    return render(request, "sponsors/api_docs.html", {"datasets": DATASETS.values(), "scopes": actions.SCOPES.items()})


def openapi(view: Any) -> Any:
    """Returns the view of the API's description, open to everybody: it holds no data."""

    class Description(view):
        scopes = ()
        authentication_classes = ()
        permission_classes = ()

    return Description.as_view()
