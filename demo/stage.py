"""Sets the stage of the demo trial through the actions: sites, people, protocol, delegations, sealed list, kits."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from coding import actions as coding_actions
from coding.invented import NAME, event_archive, medicine_archive, names
from core.contributions import contribution, reading_as, recorded_at
from core.models import Person, SignatureMeaning
from core.pins import set_pin
from core.roles import Role
from core.signatures import sign_authenticated
from demo.amendment import SITE, amend
from demo.own_form import publish_own_form, take_own_form_along
from demo.people import PASSWORD, PEOPLE, PIN, SITES, DemoSite
from demo.simulation.background import keep_ranges, profile
from pharmacy import actions as pharmacy_actions
from pharmacy.allocation import KitArrival, ShipmentNote, lists
from protocol.definition import load
from sessions import actions as session_actions
from trials import actions as trial_actions
from trials.models import ConsentFormApproval, ProtocolVersion, Site, Trial
from trials.queries import definition_of, protocol_in_force, required_for

PROTOCOL_FILE = Path(settings.BASE_DIR) / "protocols" / "mapp_like.yaml"
REFERENCE_FILE = PROTOCOL_FILE.parent / "reference_safety_information.csv"
CONSENT_FILES = sorted((PROTOCOL_FILE.parent / "consent").glob("information_*.yaml"))
KITS_FOR_EACH_SITE = 60
INVENTED_TERMS = 400
CONDITIONS_IN_IT = 4
# Longer than the trial: nobody stands still in the demo because a course was not repeated.
DOCUMENTS_LAST = timedelta(days=1500)
SLOTS_FOR_EACH_STRATUM = 60
SHIPMENT = ShipmentNote("222-26-0001", Decimal("19.2"), Decimal("22.8"))


DATA_MANAGER = "dev"
ROOMS = ("Garden room", "Room 2")


@dataclass(frozen=True)
class Stage:
    """The trial with its sites and people, and which kit holds which arm: known here because the demo packed them."""

    trial: Trial
    version: ProtocolVersion
    sites: dict[str, Site]
    people: dict[str, Person]
    arm_of_kit: dict[str, str]
    # From when a site's people sign a newer form of consent, where the trial was amended.
    amended_on: dict[str, date]

    def at(self, site_code: str, position: int) -> Person:
        """Returns a person of a site by place in the cast: coordinator, two therapists, investigator, pharmacist."""
        staff = [person for person in PEOPLE if person.site == site_code]
        return self.people[staff[position].username]


def set_stage(*, seed: int, opened_at: datetime, amended_at: datetime | None = None) -> Stage:
    """Builds the stage, or returns the one that is there; with an amendment where a moment is named for it."""
    trial = Trial.objects.first()
    if trial is None:
        with recorded_at(opened_at):
            trial = _build(seed=seed, opened_at=opened_at)
        if amended_at is not None:
            with recorded_at(amended_at):
                _amend(find_stage(trial, seed=seed), at=amended_at)
    return find_stage(trial, seed=seed)


def find_stage(trial: Trial, *, seed: int) -> Stage:
    """Returns the stage of a trial that was set with a seed."""
    sites = {site.code: site for site in Site.objects.filter(trial=trial).select_related("trial")}
    people = {person.username: person for person in Person.objects.filter(is_system=False)}
    version = ProtocolVersion.objects.filter(trial=trial).earliest("pk")
    arms = [arm.code for arm in definition_of(version).arms]
    kits = {number: arm for code in sites for number, arm in packed_kits(code, arms=arms, seed=seed)}
    approvals = ConsentFormApproval.objects.filter(site__trial=trial).exclude(form__protocol_version=version)
    with reading_as(Person.objects.system("setup")):
        amended_on = dict(approvals.order_by("-effective_on", "-pk").values_list("site__code", "effective_on"))
    return Stage(trial, version, sites, people, kits, amended_on)


def packed_kits(site_code: str, *, arms: list[str], seed: int) -> list[tuple[str, str]]:
    """Returns the kits of a site's shipment: numbers that say nothing, contents in equal parts."""
    numbers = []
    for position in range(KITS_FOR_EACH_SITE):
        digest = hashlib.sha256(f"{seed}:{site_code}:{position}".encode()).hexdigest()
        numbers.append(f"K{site_code[-1]}{int(digest[:8], 16) % 90000 + 10000}")
    return [(number, arms[position % len(arms)]) for position, number in enumerate(dict.fromkeys(numbers))]


def _build(*, seed: int, opened_at: datetime) -> Trial:
    setup = Person.objects.system("setup")
    opened_on = opened_at.date()
    with contribution(by=setup, reason="Demo trial"):
        trial = _add_trial()
        sites = {place.code: _add_site(trial, place) for place in SITES}
        people = _add_people(sites, opened_at=opened_at, by=setup)
        version = trial_actions.load_protocol(PROTOCOL_FILE.read_text(), trial=trial, by=setup, at=opened_at)
        for code, site in sites.items():
            investigator = people[next(p.username for p in PEOPLE if p.site == code and "investigator" in p.duties)]
            trial_actions.approve_protocol(version, site=site, effective_on=opened_on, by=setup, at=opened_at)
            _add_consent_forms(site, version, investigator=investigator, at=opened_at)
            sign_authenticated(version, by=investigator, meaning=SignatureMeaning.APPROVAL, at=opened_at)
            _delegate(site, people, investigator=investigator, on=opened_on, at=opened_at)
            for room in ROOMS:
                session_actions.add_room(site, name=room, by=setup)
            coordinator = people[next(member.username for member in PEOPLE if member.site == code)]
            keep_ranges(site, profile(), definition_of(version), by=coordinator, at=opened_at)
        _add_reference(trial, by=_safety_officer(people), at=opened_at)
        _add_dictionary(version, by=_safety_officer(people), at=opened_at)
    with reading_as(people[DATA_MANAGER]):
        publish_own_form(version, by=people[DATA_MANAGER], at=opened_at)
    _stock_pharmacy(version, sites, people, seed=seed, at=opened_at)
    return trial


def _add_consent_forms(site: Site, version: ProtocolVersion, *, investigator: Person, at: datetime) -> None:
    """Loads the form in each of its languages and puts it in force, as the investigator would."""
    for file in CONSENT_FILES:
        form = trial_actions.load_consent_form(
            file.read_text(), site=site, protocol_version=version, by=investigator, at=at
        )
        trial_actions.approve_consent_form(
            form,
            ethics_reference=f"EC {at:%Y}-{site.pk:03d}",
            ethics_approved_on=at.date(),
            effective_on=at.date(),
            password=PASSWORD,
            by=investigator,
            at=at,
        )


def _add_reference(trial: Trial, *, by: Person, at: datetime) -> None:
    """Lists what is expected of the study drug, as the sponsor's safety desk would."""
    trial_actions.add_reference(
        trial, version="1.0", effective_on=at.date(), document="Investigator's brochure, edition 1",
        terms=REFERENCE_FILE.read_text(), by=by, at=at,
    )  # fmt: skip


def _add_dictionary(version: ProtocolVersion, *, by: Person, at: datetime) -> None:
    """Puts invented dictionaries in use.

    That of events holds the words of the protocol's grid, common conditions and names made of syllables; that of
    medicines those of the protocol. A few words are in neither, and wait for a coder.
    """
    definition = definition_of(version)
    terms = [effect.term for effect in definition.effects]
    conditions = [row["term"] for row in profile()["background"]["conditions"][:CONDITIONS_IN_IT]]
    medicines = [
        (name, definition.screening.class_names.get(known.medicine_class, known.medicine_class))
        for name, known in definition.screening.medicines.items()
    ]
    archives = {
        "event": event_archive(terms=[*dict.fromkeys(terms + conditions), *names(INVENTED_TERMS)]),
        "medicine": medicine_archive(names_and_groups=medicines),
    }
    for kind, archive in archives.items():
        dictionary = coding_actions.load_dictionary(archive, kind=kind, name=NAME, version="1.0", by=by, at=at)
        coding_actions.adopt_dictionary(dictionary, reason="The trial begins", by=by, at=at)


def _safety_officer(people: dict[str, Person]) -> Person:
    return next(people[member.username] for member in PEOPLE if member.role == Role.SAFETY_OFFICER)


def _amend(stage: Stage, *, at: datetime) -> None:
    forms = [file.read_text() for file in CONSENT_FILES]
    newer = amend(stage.version, stage.sites[SITE], forms=forms, investigator=stage.at(SITE, 3), at=at)
    with reading_as(stage.people[DATA_MANAGER]):
        take_own_form_along(newer, by=stage.people[DATA_MANAGER], at=at)


def _add_trial() -> Trial:
    definition = load(PROTOCOL_FILE.read_text())
    return Trial.objects.create(
        code=definition.code,
        title=definition.title,
        sponsor_name="Example Sponsor",
        sponsor_zone="America/New_York",
        message_alias="the Maple study",
    )


def _add_site(trial: Trial, place: DemoSite) -> Site:
    return Site.objects.create(
        trial=trial, code=place.code, name=place.name, zone=place.zone, message_alias="the Maple study"
    )


def _add_people(sites: dict[str, Site], *, opened_at: datetime, by: Person) -> dict[str, Person]:
    hashed, people = make_password(PASSWORD), {}
    for member in PEOPLE:
        site = sites.get(member.site)
        person = Person.objects.create(
            username=member.username,
            password=hashed,
            display_name=member.name,
            email=f"{member.username}@example.org",
            zone=site.zone if site else "UTC",
        )
        trial_actions.grant_membership(person=person, role=member.role, site=site, starts_at=opened_at, by=by)
        if member.has_pin:
            set_pin(person, pin=PIN, at=opened_at)
        people[member.username] = person
    return people


def _delegate(site: Site, people: dict[str, Person], *, investigator: Person, on: date, at: datetime) -> None:
    for member in PEOPLE:
        duties = member.duties if member.site in ("", site.code) else ()
        _qualify(people[member.username], site, duties=duties, on=on, by=investigator, at=at)
        for duty in duties:
            delegation = trial_actions.delegate_duty(
                person=people[member.username],
                site=site,
                duty=duty,
                starts_on=on,
                by=investigator,
                at=at,
            )
            sign_authenticated(delegation, by=delegation.person, meaning=SignatureMeaning.ACCEPTANCE, at=at)
            sign_authenticated(delegation, by=investigator, meaning=SignatureMeaning.APPROVAL, at=at)


def _qualify(person: Person, site: Site, *, duties: Iterable[str], on: date, by: Person, at: datetime) -> None:
    """Records what the protocol asks for before these duties."""
    version = protocol_in_force(site, on=on)
    assert version is not None
    asked = {each for duty in duties for each in required_for(duty, version=version)}
    for number, required in enumerate(sorted(asked, key=lambda each: each.code), start=1):
        trial_actions.record_qualification(
            person=person,
            site=site,
            code=required.code,
            reference=f"No. {person.pk:03d}-{number}",
            issued_on=on,
            expires_on=on + DOCUMENTS_LAST if required.valid_months else None,
            by=by,
            at=at,
        )


def _stock_pharmacy(
    version: ProtocolVersion, sites: dict[str, Site], people: dict[str, Person], *, seed: int, at: datetime
) -> None:
    statistician = people["stan"]
    with reading_as(statistician):
        made = pharmacy_actions.make_allocation_list(
            version, slots_per_stratum=SLOTS_FOR_EACH_STRATUM, by=statistician, at=at, seed=f"demo trial, seed {seed}"
        )
        digest = lists(trial_id=version.trial_id, by=statistician)[0].digest
        pharmacy_actions.seal_allocation_list(made, shown_digest=digest, password=None, by=statistician, at=at)
    arms = [arm.code for arm in definition_of(version).arms]
    expires_on = (at + timedelta(days=1500)).date()
    for code, site in sites.items():
        staff = [member for member in PEOPLE if member.site == code]
        pharmacist, witness = people[staff[4].username], people[staff[0].username]
        arrivals = [
            KitArrival(number, arm, "LOT-1", expires_on) for number, arm in packed_kits(code, arms=arms, seed=seed)
        ]
        with reading_as(pharmacist):
            pharmacy_actions.receive_kits(site, kits=arrivals, note=SHIPMENT, witness=witness, by=pharmacist, at=at)
