"""Shape of what is typed on the pages that look across rooms."""

from typing import Any

from django import forms

from core.form_fields import MomentField, ReasonField


class MoveForm(forms.Form):
    """Another time for a visit, and why."""

    starts_at = MomentField(label="New time")
    reason = ReasonField(max_length=300)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].zone = zone  # type: ignore[attr-defined]
