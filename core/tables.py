"""The step of a migration that creates the tables of many models at once."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """Creates the tables of several models, in this order, as `CreateModel` after `CreateModel` would.

    After each step Django renders anew every model that is related to what the step changed, and here every model is
    related to the people who write: with a step for each model most of the time of building a database goes there.
    This step lets the models be rendered once. They may refer to each other in a circle, since foreign keys are added
    at the end of the migration.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models: list[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Adds the models to what later steps know."""
        # What was rendered before is left behind; what is asked of the state next renders all of them together.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Creates the tables."""
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Removes the tables, the last first."""
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        """Returns whether one of the models is that model or refers to it."""
        return any(model.references_model(name, app_label) for model in self.models)

    def describe(self) -> str:
        """Returns what the step does, in a line."""
        return f"Create {len(self.models)} models"

    @property
    def migration_name_fragment(self) -> str:
        """Returns what a migration of this step alone is named after."""
        return "tables"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Returns how the step is written in a migration."""
        return self.__class__.__name__, [], {"models": self.models}
