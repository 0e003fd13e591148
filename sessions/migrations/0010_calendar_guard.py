"""Locks the tables of the calendar, and opens a booking to the person who is booked: a rater has no site."""

from django.db import migrations

from core.guard import guard_table

TABLES = ("dosing_absence", "dosing_calendarfeed", "dosing_workingday")
OWN_ROWS = """
CREATE POLICY dosing_booking_own ON public.dosing_booking FOR SELECT USING (person_id = (SELECT audit.actor()));
"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("dosing", "0009_calendar")]
    operations = [
        *(guard_table(table, site=None, stamped=True) for table in TABLES),
        migrations.RunSQL(OWN_ROWS, "DROP POLICY dosing_booking_own ON public.dosing_booking;"),
    ]
