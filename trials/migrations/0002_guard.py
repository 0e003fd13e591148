"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table

# A person reads what concerns the own person, wherever it belongs; a rater has no site.
OWN_ROWS = """
CREATE POLICY {table}_own ON public.{table} FOR SELECT USING (person_id = (SELECT audit.actor()));
"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("trials", "0001_initial")]
    operations = [
        guard_table("trials_trial", site=None),
        guard_table("trials_site", site=None),
        guard_table("trials_protocolversion", site=None, append_only=True, stamped=True),
        guard_table("trials_protocolapproval", append_only=True, stamped=True),
        # The text of a form is immutable from the moment it is loaded; its approval is a row of its own.
        guard_table("trials_consentform", append_only=True, stamped=True),
        guard_table("trials_consentformapproval", append_only=True, stamped=True),
        guard_table("trials_delegation", stamped=True),
        guard_table("trials_qualification", stamped=True),
        *(
            migrations.RunSQL(OWN_ROWS.format(table=table), f"DROP POLICY {table}_own ON public.{table};")
            for table in ("trials_delegation", "trials_qualification")
        ),
        # No version and no listed term is ever changed.
        guard_table("trials_referenceversion", site=None, append_only=True, stamped=True),
        guard_table("trials_referenceterm", site=None, append_only=True, stamped=True),
    ]
