"""The field of a state that only named transitions change."""

from typing import Any

from django_fsm import FSMField


class StateField(FSMField):
    """A state with its transitions on the model; to the database, and so to a migration, it is a plain text."""

    def deconstruct(self) -> Any:
        """Returns what a migration must know: a field with transitions would slow down every model it renders."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
