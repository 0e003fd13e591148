"""The site's page about a participant's own pages: the code on the card, the links, the diary."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.errors import Refused
from core.permissions import Permission, requires
from core.requests import PageRequest
from core.templatetags.vigil import moment
from patients.access import participant_for
from portal import actions, queries


@requires(Permission.OWN_PAGES_MANAGE)
def own_pages_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """Makes the code, which is shown this once, and sends links; shows what was used."""
    participant = participant_for(request.viewer, public_id, Permission.OWN_PAGES_MANAGE)
    by, at, code = request.viewer.person, request.now, ""
    try:
        if request.method == "POST" and "make_code" in request.POST:
            code = actions.make_code(participant, by=by, at=at)
        elif request.method == "POST":
            actions.send_link(participant, by=by, at=at)
            messages.success(request, "The link leaves within a minute, if the participant may be written to.")
            return redirect("portal:own-pages-detail", public_id)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("portal:own-pages-detail", public_id)
    access, links, zone = queries.access_of(participant), queries.links_of(participant), participant.site.zone
    used = [link for link in links if link.used_at is not None]
    context = {
        "participant": participant,
        "access": access,
        "code": f"{code[:4]} {code[4:]}" if code else "",
        "links": [(queries.state_of_link(link, at=at), link) for link in links],
        "diary": queries.diary_of(participant),
        "answers": [
            ("Code", "Made" if access else "None yet", moment(access.code_made_at, zone) if access else ""),
            ("Links used", f"{len(used)} of {len(links)}", moment(used[0].used_at, zone) if used else "never opened"),
            ("Pause", "Wanted" if access and access.paused_at else "No", "nothing is asked meanwhile"),
        ],
    }
    answer = render(request, "portal/own_pages_detail.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
