"""The demo's amendment: a second protocol version and consent form at one site, with a re-consent campaign."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.contributions import reading_as
from core.models import Person
from demo.people import PASSWORD
from patients import actions as patient_actions
from trials import actions as trial_actions
from trials.models import ProtocolVersion, Site

SITE = "S01"
BEFORE_THE_END, TO_SIGN = timedelta(days=4), timedelta(days=17)
REASON = (
    "The first preparatory talk may now take place up to a week later, and the form says more plainly whom to call"
    " at night."
)
# What the amendment changes in the protocol, and in the form of each language.
PROTOCOL = (
    ('version: "1.0"', 'version: "1.1"'),
    ("anchor: V0, offset: 7, before: 6, after: 35", "anchor: V0, offset: 7, before: 6, after: 42"),
)
FORMS = (
    ('version: "1.0"', 'version: "1.1"'),
    ("If you think of harming yourself, tell us at once, day or night. Do not",
     "If you think of harming yourself, call the number on your card at once, day or night. Do not"),
    ("sich etwas anzutun, sagen Sie es uns sofort,\n      bei Tag und bei Nacht. Fahren",
     "sich etwas anzutun, rufen Sie sofort die Nummer\n      auf Ihrer Karte an, bei Tag und bei Nacht. Fahren"),
)  # fmt: skip


def amended_at(*, until: datetime) -> datetime:
    """Returns when the amendment came into force: some days before the end."""
    return (until - BEFORE_THE_END).replace(hour=7, minute=0, second=0, microsecond=0)


def amend(
    version: ProtocolVersion, site: Site, *, forms: list[str], investigator: Person, at: datetime
) -> ProtocolVersion:
    """Loads the second version and its forms, puts them in force, and opens the campaign as the investigator does.

    Returns the second version.
    """
    on = at.astimezone(ZoneInfo(site.zone)).date()
    setup = Person.objects.system("setup")
    with reading_as(setup):
        newer = trial_actions.load_protocol(_changed(version.source, PROTOCOL), trial=version.trial, by=setup, at=at)
        trial_actions.approve_protocol(newer, site=site, effective_on=on, by=setup, at=at)
    with reading_as(investigator):
        for text in forms:
            form = trial_actions.load_consent_form(
                _changed(text, FORMS), site=site, protocol_version=newer, by=investigator, at=at
            )
            trial_actions.approve_consent_form(
                form,
                ethics_reference=f"EC {at:%Y}-{site.pk:03d} A1",
                ethics_approved_on=on,
                effective_on=on,
                password=PASSWORD,
                by=investigator,
                at=at,
            )
        patient_actions.open_campaign(
            site, form=form, reason=REASON, sign_by=on + TO_SIGN, by=investigator, at=at + timedelta(hours=1)
        )
    return newer


def _changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        text = text.replace(old, new, 1)
    return text
