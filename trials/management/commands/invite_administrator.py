"""Makes the administrator who invites everybody else, and prints the link by which that person chooses a password."""

from argparse import ArgumentParser
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from core import clock
from core.contributions import contribution
from core.errors import Refused
from core.models import Membership, Person
from core.roles import Role
from trials.actions import add_person, grant_membership
from trials.forms import InviteForm


class Command(BaseCommand):
    """Invites the first administrator; a further one only beside an administrator who is named."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Asks who the person is."""
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="as it is printed beside signatures")
        parser.add_argument("--email", required=True)
        parser.add_argument("--zone", default="UTC", help="IANA time zone, for example Europe/Lisbon")
        parser.add_argument("--beside", default="", metavar="USERNAME", help="an administrator who exists already")

    def handle(self, *args: Any, username: str, name: str, email: str, zone: str, beside: str, **options: Any) -> None:
        """Adds the person and grants the role in one contribution of the set-up actor."""
        form = InviteForm({"username": username, "display_name": name, "email": email, "zone": zone})
        if not form.is_valid():
            faults = [f"  {field}: {sentence}" for field, said in form.errors.items() for sentence in said]
            raise CommandError("\n".join(["Nobody was invited.", *faults]))
        setup = Person.objects.system("setup")
        try:
            with contribution(by=setup, reason="Administrator invited"):
                # Two commands at once must not both find that nobody is there.
                Person.objects.select_for_update().get(pk=setup.pk)
                _check_first(beside)
                person = add_person(password=None, by=setup, **form.cleaned_data)
                grant_membership(person=person, role=Role.ADMINISTRATOR, site=None, starts_at=clock.now(), by=setup)
        except Refused as refusal:
            raise CommandError(f"{refusal.message} Nobody was invited.") from refusal
        self.stdout.write(f"{person.display_name} is an administrator. This link chooses the password, once:")
        self.stdout.write(_link(person))


def _check_first(beside: str) -> None:
    held = Membership.objects.valid_at(clock.now()).filter(role=Role.ADMINISTRATOR, person__is_active=True)
    names = sorted(set(held.values_list("person__username", flat=True)))
    if names and beside not in names:
        raise Refused(f"There is an administrator already ({', '.join(names)}): name one with --beside.")
    if beside and not names:
        raise Refused(f"There is no administrator “{beside}”.")


def _link(person: Person) -> str:
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    return f"{settings.BASE_URL}{path}"
