"""Locks the drafts and the published versions of the trial's own forms."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("assessments", "0012_own_form_versions")]
    operations = [
        guard_table("assessments_formversion", site=None, append_only=True, stamped=True),
        guard_table("assessments_formdraft", site=None, stamped=True),
    ]
