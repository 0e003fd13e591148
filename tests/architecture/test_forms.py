"""Nothing that can be typed is without its largest length, and what is too long is told in a sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.db import models
from django.urls import get_resolver

from core.form_fields import PartialDateField, ReasonField
from tests.databases import ROOT

# A text whose shape is its length: a UUID is read or refused.
SHAPED = (forms.UUIDField,)
ROOMS = frozenset(config.name for config in apps.get_app_configs() if (ROOT / config.name).is_dir())
# Kept by the unblinded room in a table of its own, which no model is of.
IN_THE_ROOM = {"pharmacy.forms.ResolveForm.note"}
OWN_FIELDS = {"CharField", "LaterText"}


def form_classes(parent: type = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    """Returns every form class of the project that its addresses load."""
    assert get_resolver().url_patterns
    for child in parent.__subclasses__():
        if child.__module__.split(".")[0] in ROOMS:
            yield child
        yield from form_classes(child)


def texts(field: forms.Field) -> Iterator[forms.CharField]:
    """Returns what is typed into a field: itself, or the boxes it is made of."""
    for part in (field, *getattr(field, "fields", ())):
        if isinstance(part, forms.CharField) and not isinstance(part, SHAPED):
            yield part


def test_every_text_of_every_form_has_its_largest_length() -> None:
    classes = set(form_classes())
    endless = {
        f"{each.__module__}.{each.__name__}.{name}"
        for each in classes
        for name, field in each.base_fields.items()  # type: ignore[attr-defined]
        for text in texts(field)
        if not text.max_length
    }

    assert endless == set()
    assert len(classes) > 90


def test_every_text_that_a_form_adds_as_it_is_made_has_its_largest_length() -> None:
    """Fields that a constructor adds are in no class; the source says whether they have one."""
    found = [place for path in sources() for place in without_length(path)]

    assert found == []


def sources() -> Iterator[Path]:
    """Returns the source of every app."""
    for app in sorted(ROOMS):
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def without_length(path: Path) -> Iterator[str]:
    """Returns where a file makes a field of text without a largest length."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        of_forms = name == "forms.CharField" or name in OWN_FIELDS
        if of_forms and not any(word.arg == "max_length" for word in node.keywords):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_text_is_longer_than_the_columns_of_its_name() -> None:
    """Where every column of a name in the form's app has a largest length, what is typed under that name fits one."""
    columns: dict[tuple[str, str], list[int | None]] = {}
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, models.CharField | models.TextField):
                columns.setdefault((model.__module__.split(".")[0], column.name), []).append(column.max_length)

    too_long = {
        f"{each.__module__}.{each.__name__}.{name}"
        for each in set(form_classes())
        for name, field in each.base_fields.items()  # type: ignore[attr-defined]
        for text in texts(field)
        if isinstance(text.widget, forms.Textarea) or text.widget.input_type == "text"  # type: ignore[attr-defined]
        if all(known := columns.get((each.__module__.split(".")[0], name), [None]))
        if (text.max_length or 0) > max(known)  # type: ignore[type-var]
    }

    assert too_long == IN_THE_ROOM


class Told(forms.Form):
    """A form with what is typed most."""

    reason = ReasonField()
    name = forms.CharField(max_length=5)
    started = PartialDateField()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "sixsix", "This is too long by 1: at most 5 characters fit."),
        ("reason", "x" * 10_000_000, "This is too long by 9,999,700: at most 300 characters fit."),
        ("name", "a\x00b", "There is a sign in this that is no text. Delete what was pasted and type it."),
        ("started", ["9" * 5000, "1", "2020"], "Enter the day as a number, or leave it empty if not known."),
        ("started", ["1", "9" * 5000, "2020"], "Enter the month as a number from 1 to 12."),
        ("started", ["1", "1", "9" * 5000], "Enter the year with four digits, for example 2019."),
    ],
    ids=["one more", "ten million", "NUL", "endless day", "endless month", "endless year"],
)
def test_what_does_not_fit_is_told_in_a_sentence(field: str, typed: str | list[str], sentence: str) -> None:
    boxes = [field] if isinstance(typed, str) else [f"{field}_{part}" for part in ("day", "month", "year")]

    form = Told(dict(zip(boxes, [typed] if isinstance(typed, str) else typed, strict=True)))

    assert form[field].sentences == [sentence]
