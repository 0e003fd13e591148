"""Pages of the protocol: its versions, and one version in parts, read from the document itself."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core.clock import local_date
from core.errors import Refused
from core.permissions import Permission, requires
from core.refusals import show_refusal
from core.requests import PageRequest
from core.signatures import content_digest, signatures_of
from trials import actions, queries
from trials.access import protocol_version_for
from trials.forms import SignForm
from trials.models import ProtocolApproval, ProtocolVersion
from trials.protocol_page import PARTS, count_tags, part_of


@requires(Permission.PROTOCOL_VIEW)
@require_GET
def protocol_list(request: PageRequest) -> HttpResponse:
    """Shows every version and where it is in force."""
    versions = list(ProtocolVersion.objects.select_related("trial", "recorded_by").order_by("-id"))
    approvals = list(ProtocolApproval.objects.select_related("site").order_by("site__code"))
    rows = [(version, [a for a in approvals if a.protocol_version_id == version.pk]) for version in versions]
    newest = versions[0] if versions else None
    context = {
        "rows": rows,
        "may_see_log": request.viewer.may(Permission.DELEGATION_VIEW),
        "answers": [
            ("Which version is newest?", newest.version if newest else "None", newest.trial.code if newest else ""),
            ("How many versions?", str(len(versions)), "each one immutable"),
            ("Where is one in force?", str(len({a.site_id for a in approvals})), "sites that you see"),
        ],
    }
    return render(request, "trials/protocol_list.html", context)


@requires(Permission.PROTOCOL_VIEW)
@require_GET
def protocol_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Shows one part of a version: `?part=` names it."""
    version = protocol_version_for(request.viewer, public_id)
    part = request.GET.get("part", PARTS[0][0])
    if part not in dict(PARTS):
        raise Http404
    form = SignForm(initial={"seen_digest": content_digest(version)})
    return render(request, f"trials/protocol_{part}.html", _context(request, version, part, form))


@requires(Permission.PROTOCOL_SIGN)
@require_POST
def protocol_sign(request: PageRequest, public_id: str) -> HttpResponse:
    """Signs the version that was shown."""
    version = protocol_version_for(request.viewer, public_id)
    form = SignForm(request.POST)
    if form.is_valid():
        entered = form.cleaned_data
        try:
            actions.sign_protocol(
                version,
                password=entered["password"],
                shown_digest=entered["seen_digest"],
                by=request.viewer.person,
                at=request.now,
            )
            messages.success(request, f"Version {version.version} is signed.")
            return redirect("trials:protocol-detail", public_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    return render(request, "trials/protocol_versions.html", _context(request, version, PARTS[0][0], form), status=422)


def _context(request: PageRequest, version: ProtocolVersion, part: str, form: SignForm) -> dict[str, Any]:
    definition = queries.definition_of(version)
    address = reverse("trials:protocol-detail", args=[version.public_id])
    signatures = signatures_of(version)
    approvals = list(version.approvals.select_related("site").order_by("site__code"))
    mine = any(s.signer_id == request.viewer.person.pk and s.superseded_at is None for s in signatures)
    in_force = [a for a in approvals if a.effective_on <= local_date(request.now, zone=a.site.zone)]
    return part_of(part, definition) | {
        "version": version,
        "definition": definition,
        "tabs": [{"url": f"{address}?part={key}", "label": words, "current": key == part} for key, words in PARTS],
        "form": form,
        "signatures": signatures,
        "approvals": approvals,
        "may_sign": request.viewer.may(Permission.PROTOCOL_SIGN) and not mine,
        "tags": count_tags(definition),
        "answers": [
            ("Where is it in force?", ", ".join(a.site.code for a in in_force) or "Nowhere", "among the sites you see"),
            ("Who has signed it?", str(len([s for s in signatures if s.superseded_at is None])), "signatures stand"),
            ("What does it ask for?", str(len(definition.visits)), f"visits, {len(definition.procedures)} procedures"),
        ],
    }
