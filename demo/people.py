"""The synthetic people of the demo trial, their sites, roles and duties."""

from dataclasses import dataclass

from core.roles import Role

PASSWORD = "vigil demo person"
# What opens a tablet again, and confirms a dose on the tablet of the other one.
PIN = "271828"


@dataclass(frozen=True)
class DemoPerson:
    """One person: where they work, as what, and which duties the delegation log gives them."""

    username: str
    name: str
    role: Role
    site: str = ""
    duties: tuple[str, ...] = ()

    @property
    def has_pin(self) -> bool:
        """Returns whether the person stands at tablets: in dosing sessions, or through the night after them."""
        return bool({"therapist", "attendant"} & set(self.duties))


@dataclass(frozen=True)
class DemoSite:
    """One site."""

    code: str
    name: str
    zone: str


SITES = (DemoSite("S01", "Lisbon", "Europe/Lisbon"), DemoSite("S02", "Denver", "America/Denver"))
INVESTIGATOR = ("principal_investigator", "investigator", "physician", "clinician")
COORDINATOR = ("nurse", "clinician", "attendant", "witness", "consenter", "coordinator")
THERAPIST = ("therapist", "clinician", "nurse", "witness")

PEOPLE = (
    DemoPerson("mara", "Mara Lind", Role.COORDINATOR, "S01", COORDINATOR),
    DemoPerson("ines", "Ines Marr", Role.THERAPIST, "S01", THERAPIST),
    DemoPerson("jon", "Jon Tahk", Role.THERAPIST, "S01", THERAPIST),
    DemoPerson("ada", "Dr Ada Voss", Role.PRINCIPAL_INVESTIGATOR, "S01", INVESTIGATOR),
    DemoPerson("paulo", "Paulo Aires", Role.PHARMACIST, "S01", ("dispenser",)),
    DemoPerson("nell", "Nell Ortiz", Role.COORDINATOR, "S02", COORDINATOR),
    DemoPerson("wren", "Wren Hale", Role.THERAPIST, "S02", THERAPIST),
    DemoPerson("otis", "Otis Bell", Role.THERAPIST, "S02", THERAPIST),
    DemoPerson("cleo", "Dr Cleo Brandt", Role.PRINCIPAL_INVESTIGATOR, "S02", INVESTIGATOR),
    DemoPerson("petra", "Petra Quist", Role.PHARMACIST, "S02", ("dispenser",)),
    *(
        DemoPerson(f"rater{number}", name, Role.INDEPENDENT_RATER, "", ("independent_assessor",))
        for number, name in enumerate(
            ("Rhea Lund", "Rolf Adler", "Runa Vik", "Remy Duval", "Rosa Pinto", "Ravi Nair"), start=1
        )
    ),
    DemoPerson("mona", "Mona Kern", Role.MONITOR),
    DemoPerson("dev", "Dev Anand", Role.DATA_MANAGER),
    DemoPerson("sofia", "Sofia Reyes", Role.SAFETY_OFFICER),
    DemoPerson("mel", "Dr Mel Hart", Role.MEDICAL_MONITOR),
    DemoPerson("stan", "Stan Weiss", Role.UNBLINDED_STATISTICIAN),
    DemoPerson("vera", "Vera Sand", Role.IMPARTIAL_WITNESS),
    DemoPerson("orla", "Orla Finn", Role.OMBUDSPERSON),
    DemoPerson("rita", "Rita Sol", Role.ADHERENCE_REVIEWER),
    DemoPerson("rune", "Rune Dahl", Role.ADHERENCE_REVIEWER),
    DemoPerson("adam", "Adam Frei", Role.ADMINISTRATOR),
)
