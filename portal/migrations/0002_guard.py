"""Locks every table of the room: audit, row security, frozen rows; the confidential line opens to its desk alone."""

from django.db import migrations

from core.guard import guard_table

OPEN_TO_THE_DESK = """EXISTS (
  SELECT 1 FROM public.core_membership m
  WHERE m.person_id = (SELECT audit.actor()) AND m.site_id IS NULL
    AND m.role IN ('ombudsperson', 'safety_officer', 'system')
    AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now()))"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("portal", "0001_initial"), ("core", "0002_memberships_and_signatures")]
    operations = [
        guard_table("portal_ownaccess", stamped=True),
        guard_table("portal_ownlink", stamped=True),
        guard_table("portal_ownstay", stamped=True),
        guard_table("portal_failedopening", site=None, append_only=True),
        guard_table("portal_diaryentry", append_only=True, stamped=True),
        guard_table("portal_confidentialreport", site=None, also=OPEN_TO_THE_DESK, stamped=True),
    ]
