"""Compiles every template, so that a broken one is found before a page is opened."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError, engines


class Command(BaseCommand):
    """Compiles the templates of the project."""

    help = __doc__

    def handle(self, *args: object, **options: object) -> None:
        """Compiles all of them and names each that is broken."""
        folder = Path(settings.BASE_DIR) / "templates"
        names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        broken = [f"{name}: {problem}" for name in names if (problem := self._problem(name))]
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write(f"{len(names)} templates compile.")

    def _problem(self, name: str) -> str:
        try:
            engines["django"].get_template(name)
        except TemplateSyntaxError as error:
            return str(error)
        return ""
