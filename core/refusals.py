"""Puts a refusal of the domain beside the field it is about, so that the page comes back with everything typed."""

from django import forms

from core.errors import Refused


def show_refusal(form: forms.Form, refusal: Refused) -> None:
    """Adds the refusal's sentence, and each detail, to the form's errors."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, refusal.message)
    for detail in refusal.details:
        form.add_error(field, detail)
