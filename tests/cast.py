"""The fixed cast of the tests: who they are, where they work, and the trial they work in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from core.contributions import contribution, reading_as
from core.models import Person, SignatureMeaning
from core.roles import Role
from core.signatures import sign_authenticated
from pharmacy import actions as pharmacy_actions
from pharmacy import allocation
from pharmacy.allocation import KitArrival, ShipmentNote
from pharmacy.models import Kit
from trials import actions as trial_actions
from trials.models import ConsentForm, Delegation, ProtocolVersion, Qualification, Site, Trial
from trials.queries import definition_of

PROTOCOL_FILE = Path(__file__).resolve().parent.parent / "protocols" / "mapp_like.yaml"
FORM_FILE = PROTOCOL_FILE.parent / "consent" / "information_en.yaml"
PASSWORD = "correct horse battery"
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TRIAL_START = datetime(2025, 1, 1, tzinfo=UTC)
ON = date(2025, 1, 1)
RECEIVED_AT = datetime(2025, 1, 2, 12, tzinfo=UTC)
SHIPMENT = ShipmentNote("222-TEST")
SLOTS, KITS, KITS_EXPIRE_ON = 520, 30, date(2031, 1, 1)

# user name: (name, role, site, duties that the delegation log gives)
CAST: dict[str, tuple[str, Role, str | None, tuple[str, ...]]] = {
    "ada": ("Ada Voss", Role.PRINCIPAL_INVESTIGATOR, "A", ("principal_investigator", "investigator", "physician")),
    "ben": (
        "Ben Okafor",
        Role.COORDINATOR,
        "A",
        ("nurse", "clinician", "attendant", "witness", "consenter", "coordinator"),
    ),
    "tess": ("Tess Marr", Role.THERAPIST, "A", ("therapist", "clinician", "nurse")),
    "theo": ("Theo Tahk", Role.THERAPIST, "A", ("therapist", "clinician", "nurse", "witness")),
    "phil": ("Phil Aro", Role.PHARMACIST, "A", ("dispenser",)),
    "petra": ("Petra Lind", Role.PHARMACIST, "B", ("dispenser",)),
    "cleo": ("Cleo Brandt", Role.PRINCIPAL_INVESTIGATOR, "B", ("principal_investigator", "investigator", "physician")),
    "carl": ("Carl Brandt", Role.COORDINATOR, "B", ("nurse", "clinician", "consenter", "coordinator")),
    "rhea": ("Rhea Lund", Role.INDEPENDENT_RATER, None, ()),
    "rolf": ("Rolf Lund", Role.INDEPENDENT_RATER, None, ()),
    "dev": ("Dev Anand", Role.DATA_MANAGER, None, ()),
    "sofia": ("Sofia Reyes", Role.SAFETY_OFFICER, None, ()),
    "mona": ("Mona Kern", Role.MONITOR, None, ()),
    "mel": ("Mel Hart", Role.MEDICAL_MONITOR, None, ()),
    "stan": ("Stan Weiss", Role.UNBLINDED_STATISTICIAN, None, ()),
    "orla": ("Orla Finn", Role.OMBUDSPERSON, None, ()),
    "rita": ("Rita Sol", Role.ADHERENCE_REVIEWER, None, ()),
    "wim": ("Wim Vega", Role.IMPARTIAL_WITNESS, None, ()),
    "adam": ("Adam Frei", Role.ADMINISTRATOR, None, ()),
}
INVESTIGATORS = {"A": "ada", "B": "cleo"}
SITES = {"A": ("S01", "Lisbon", "Europe/Lisbon"), "B": ("S02", "Denver", "America/Denver")}


@dataclass(frozen=True)
class World:
    """The trial of the tests with its sites and people."""

    trial: Trial
    version: ProtocolVersion
    sites: dict[str, Site]
    people: dict[str, Person]


def build_world() -> World:
    """Builds two sites, the protocol in force at both, the cast, and its approved delegations."""
    setup = Person.objects.system("setup")
    with contribution(by=setup, reason="Test world"):
        trial, sites = _add_places()
        people = {name: _add_member(name, sites, by=setup) for name in CAST}
        people["eve"] = _add_person("eve", "Eve Nemo")
        version = trial_actions.load_protocol(PROTOCOL_FILE.read_text(), trial=trial, by=setup, at=TRIAL_START)
        for site in sites.values():
            trial_actions.approve_protocol(version, site=site, effective_on=ON, by=setup, at=TRIAL_START)
        _delegate(sites, people)
        for key, investigator in INVESTIGATORS.items():
            add_consent_form(FORM_FILE.read_text(), site=sites[key], version=version, by=people[investigator], on=ON)
    world = World(trial, version, sites, people)
    stock_pharmacy(world)
    return world


def add_consent_form(text: str, *, site: Site, version: ProtocolVersion, by: Person, on: date) -> ConsentForm:
    """Loads a consent form at a site and puts it in force from a day."""
    at = datetime.combine(on, time(12), tzinfo=UTC)
    form = trial_actions.load_consent_form(text, site=site, protocol_version=version, by=by, at=at)
    trial_actions.approve_consent_form(
        form, ethics_reference="EC 2024-117", ethics_approved_on=on, effective_on=on, password=PASSWORD, by=by, at=at
    )
    return form


def stock_pharmacy(world: World) -> None:
    """Seals the allocation list and puts kits of every arm into stock; committed, as the unblinded login reads it."""
    stan = world.people["stan"]
    with reading_as(stan):
        made = pharmacy_actions.make_allocation_list(
            world.version, slots_per_stratum=SLOTS, by=stan, at=TRIAL_START, seed="seed of the tests"
        )
        digest = allocation.lists(trial_id=world.trial.pk, by=stan)[0].digest
        pharmacy_actions.seal_allocation_list(made, shown_digest=digest, password=None, by=stan, at=TRIAL_START)
    for key, pharmacist, witness in (("A", "phil", "ben"), ("B", "petra", "carl")):
        receive_kits(world, site=key, pharmacist=pharmacist, witness=witness, kits=KITS)


def receive_kits(world: World, *, site: str, pharmacist: str, witness: str, kits: int) -> None:
    """Receives kits at a site, of each arm in turn."""
    place, handler = world.sites[site], world.people[pharmacist]
    with reading_as(handler):
        arms = [arm.code for arm in definition_of(world.version).arms]
        first = Kit.objects.filter(site=place).count()
        arrived = [
            KitArrival(f"K{site}{scattered(first + number)}", arms[number % len(arms)], "LOT-1", KITS_EXPIRE_ON)
            for number in range(kits)
        ]
        pharmacy_actions.receive_kits(
            place, kits=arrived, note=SHIPMENT, witness=world.people[witness], by=handler, at=RECEIVED_AT
        )


def scattered(number: int) -> int:
    """Returns a five-digit number that shows no order; different for every number below 89,989."""
    return 10_007 + number * 37_987 % 89_989


def _add_places() -> tuple[Trial, dict[str, Site]]:
    trial = Trial.objects.create(
        code="MAPPLIKE-01",
        title="Test trial",
        sponsor_name="Example Sponsor",
        sponsor_zone="America/New_York",
        message_alias="the Maple study",
    )
    sites = {
        key: Site.objects.create(trial=trial, code=code, name=name, zone=zone, message_alias="the Maple study")
        for key, (code, name, zone) in SITES.items()
    }
    return trial, sites


def _add_person(username: str, display_name: str, zone: str = "UTC") -> Person:
    person = Person(username=username, display_name=display_name, email=f"{username}@example.org", zone=zone)
    person.password = hashed_password()
    person.save()
    return person


def _add_member(username: str, sites: dict[str, Site], *, by: Person) -> Person:
    display_name, role, site_key, _ = CAST[username]
    site = sites[site_key] if site_key else None
    person = _add_person(username, display_name, site.zone if site else "UTC")
    trial_actions.grant_membership(person=person, role=role, site=site, starts_at=TRIAL_START, by=by)
    return person


def _delegate(sites: dict[str, Site], people: dict[str, Person]) -> None:
    investigators = {"A": people["ada"], "B": people["cleo"]}
    for username, (_, _, site_key, duties) in CAST.items():
        for duty in duties if site_key else ():
            approver = investigators[str(site_key)]
            delegation = trial_actions.delegate_duty(
                person=people[username],
                site=sites[str(site_key)],
                duty=duty,
                starts_on=ON,
                by=approver,
                at=TRIAL_START,
            )
            stand(delegation, by=approver)


def stand(delegation: Delegation, *, by: Person) -> None:
    """Lets a delegation stand: its person holds what it asks for and accepts, the investigator approves."""
    person, site = delegation.person, delegation.site
    held = set(Qualification.objects.filter(person=person, site=site).values_list("code", flat=True))
    # Without an expiry, so that no test meets a reminder that it did not arrange.
    Qualification.objects.bulk_create(
        Qualification(site=site, person=person, code=code, reference="Test", issued_on=ON, recorded_by=by)
        for code in sorted(set(delegation.requires) - held)
    )
    sign_authenticated(delegation, by=person, meaning=SignatureMeaning.ACCEPTANCE, at=TRIAL_START)
    sign_authenticated(delegation, by=by, meaning=SignatureMeaning.APPROVAL, at=TRIAL_START)


_hashes: list[str] = []


def hashed_password() -> str:
    """Returns the cast's password, hashed once: hashing is slow on purpose."""
    from django.contrib.auth.hashers import make_password

    if not _hashes:
        _hashes.append(make_password(PASSWORD))
    return _hashes[0]
