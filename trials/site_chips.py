"""The chips that lead from one site's page to another's, for a viewer of several sites."""

from typing import Any

from core.permissions import Permission, Viewer
from trials.models import Site
from trials.queries import sites_for


def site_chips(viewer: Viewer, permission: Permission, *, current: Site) -> list[dict[str, Any]]:
    """Returns a chip for each site at which the viewer holds the permission; none for a viewer of one site."""
    ids = viewer.site_ids(permission)
    if ids is not None and len(ids) == 1:
        return []
    return [
        {"url": f"?site={site.code}", "label": str(site), "current": site.pk == current.pk}
        for site in sites_for(viewer, permission)
    ]
