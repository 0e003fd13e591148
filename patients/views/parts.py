"""The parts of a screening record, one page each, linked above each of them."""

from django.urls import reverse

from patients.models import Participant

PARTS = (
    ("procedures", "Procedures", "patients:screening"),
    ("history", "History", "patients:history"),
    ("medicines", "Medicines", "patients:medicines"),
    ("results", "Results", "patients:results"),
    ("judgements", "Judgements", "patients:judgements"),
)


def part_links(participant: Participant, *, here: str) -> list[dict[str, object]]:
    """Returns the links of the parts, the open one marked."""
    return [
        {"label": label, "url": reverse(name, args=[participant.public_id]), "current": code == here}
        for code, label, name in PARTS
    ]
