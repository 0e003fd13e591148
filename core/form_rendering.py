"""How forms come out in Vigil's look: one renderer, so that `{{ form }}` has labels, hints, units and errors."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import renderers
from django.forms.boundfield import BoundField
from django.template.backends.django import DjangoTemplates
from django.utils.functional import cached_property

CHOICES = forms.RadioSelect | forms.CheckboxSelectMultiple
# These carry no role that may be "required" in ARIA; the label says it in words.
WITHOUT_REQUIRED = CHOICES | forms.MultiWidget | forms.FileInput | forms.HiddenInput


NOTHING_ENTERED = forms.Field.default_error_messages["required"]


def in_words(error: ValidationError) -> str:
    """Returns an error as a sentence: those that Django words for programmers in our words, any other as it is."""
    if error.code == "max_length" and error.params:
        most, entered = error.params["limit_value"], error.params["show_value"]
        return f"This is too long by {entered - most:,}: at most {most:,} characters fit."
    if error.code == "null_characters_not_allowed":
        return "There is a sign in this that is no text. Delete what was pasted and type it."
    return " ".join(error.messages)


class VigilBoundField(BoundField):
    """A bound field that knows its unit, its look and where its first box is."""

    @property
    def unit(self) -> str:
        """Returns the unit beside the box, or an empty text."""
        return str(getattr(self.field, "unit", "") or self.field.widget.attrs.get("data-unit", ""))

    @property
    def is_checkbox(self) -> bool:
        """Returns whether the field is one box with its words to the right."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choice(self) -> bool:
        """Returns whether the field is a list of boxes or circles."""
        return isinstance(self.field.widget, CHOICES)

    @property
    def first_id(self) -> str:
        """Returns the id of the element that an error links to."""
        return f"{self.auto_id}_0" if self.use_fieldset else self.auto_id

    @property
    def sentences(self) -> list[str]:
        """Returns the field's errors in words, with the bare "required" said as what is to be done."""
        said = [in_words(error) for error in self.errors.as_data()]
        return [self._still_empty() if sentence == NOTHING_ENTERED else sentence for sentence in said]

    def _still_empty(self) -> str:
        if self.is_checkbox:
            return "Tick this to go on."
        if self.is_choice or isinstance(self.field.widget, forms.Select):
            return "Choose one."
        return "This is still empty."

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> dict[str, Any]:
        """Adds our class; says "required" to readers instead of letting the browser stop the form."""
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        required = built.pop("required", False)
        if required and not isinstance(widget, WITHOUT_REQUIRED):
            built["aria-required"] = "true"
        if widget.is_hidden:
            return built
        name = "box" if isinstance(widget, CHOICES | forms.CheckboxInput) else "input"
        built["class"] = f"{name} {widget.attrs.get('class', '')}".strip()
        if str(widget.attrs.get("placeholder", "")).casefold() == str(self.label).casefold():
            built["placeholder"] = False
        return built


class VigilRenderer(renderers.DjangoTemplates):
    """Renders forms and widgets from our templates first, Django's own where we have none."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = VigilBoundField

    @cached_property
    def engine(self) -> DjangoTemplates:
        """Returns a template engine that finds our components and knows our tags."""
        own = Path(settings.BASE_DIR) / "templates"
        djangos = Path(renderers.__file__).parent / "templates"
        options = {"builtins": ["core.templatetags.vigil"]}
        return DjangoTemplates({"NAME": "vigilforms", "DIRS": [own, djangos], "APP_DIRS": True, "OPTIONS": options})
