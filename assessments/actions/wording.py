"""The licensee's wording of an instrument."""

from collections.abc import Mapping

from assessments import queries
from assessments.models import ItemText
from core.contributions import contribution
from core.errors import Refused
from core.models import Person


def keep_texts(instrument: str, *, language: str, texts: Mapping[int, str], licence: str, by: Person) -> list[ItemText]:
    """Keeps the wording of the items that changed as a new version each; the same again changes nothing.

    Raises Refused when no licence is named.
    """
    if not licence.strip():
        raise Refused("Name the licence under which the wording may be used.", field="licence")
    known = queries.texts_of(instrument, language=language)
    changed = {item: text for item, text in texts.items() if text != (known[item].text if item in known else "")}
    with contribution(by=by, reason=f"Wording of {instrument}"):
        return ItemText.objects.bulk_create(
            ItemText(
                instrument=instrument, language=language, item=item, text=text, licence=licence.strip(),
                version=known[item].version + 1 if item in known else 1, recorded_by=by,
            )
            for item, text in sorted(changed.items())
        )  # fmt: skip
