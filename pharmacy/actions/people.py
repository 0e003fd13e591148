"""Who may do it, and that a second person was there: what every verb of the room asks first."""

from datetime import date

from core.errors import Refused, WrongPassword
from core.models import Person
from trials import queries as trial_queries

DISPENSER, WITNESS = "dispenser", "witness"


def authenticate_witness(witness: Person, *, password: str) -> None:
    """Raises WrongPassword unless the password is the witness's own: it proves that he was present."""
    if not witness.check_password(password):
        raise WrongPassword("The witness's password is not right. Nothing was recorded.", field="witness_password")


def check_password(password: str | None, *, by: Person, otherwise: str) -> None:
    """Raises WrongPassword when a password was given and is not the person's own."""
    if password is not None and not by.check_password(password):
        raise WrongPassword(f"The password is not right. {otherwise}", field="password")


def check_second_person(witness: Person, *, by: Person) -> None:
    """Raises Refused when the witness is the handler."""
    if witness.pk == by.pk:
        raise Refused("The witness must be somebody else. Nothing was recorded.", field="witness")


def check_duty(person: Person, *, duty: str, site_id: int, on: date) -> None:
    """Raises Refused when the delegation log does not give the person the duty on that day."""
    if duty not in trial_queries.duties_of(person, site_id=site_id, on=on):
        raise Refused(
            f"The delegation log does not give {person.display_name} the duty “{duty}” today. Nothing was recorded.",
            field="witness" if duty == WITNESS else "",
        )
