"""Locks every regulated table of the room, and gives every entry a place in its session's stream."""

from django.db import migrations

from core.guard import guard_table, guard_transitions
from sessions.stream import build_stream, join_stream

# Each table of entries with its word in the stream.
ENTRIES = {
    "vitalsigns": "vitals",
    "doserecord": "dose",
    "observedeffect": "effect",
    "sessionnote": "note",
    "distressrating": "distress",
    "medicinegiven": "medicine",
    "roompresence": "presence",
    "dischargecheck": "discharge",
    "touchevent": "touch",
    "recordingmark": "recording",
    "settingmark": "setting",
    "effectenquiry": "enquiry",
    "fluidintake": "fluid",
    "checklistanswer": "checklist",
    "physiciancall": "call",
    "handover": "hand_over",
    "overnightcheck": "overnight",
}
KEPT = (*ENTRIES, "papersheet", "streamposition", "capture", "conditionoverride", "pairsignoff")
CHANGED = ("preparatorysession", "room", "booking", "dosinghold", "therapistrest")
OF_NO_SITE = ("trialhold", "absence", "calendarfeed", "workingday")
# A booking opens to the person who is booked: a rater has no site.
OWN_BOOKINGS = """
CREATE POLICY dosing_booking_own ON public.dosing_booking FOR SELECT USING (person_id = (SELECT audit.actor()));
"""


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("dosing", "0001_initial")]
    operations = [
        guard_table("dosing_dosingsession", stamped=True),
        guard_transitions(
            "dosing_dosingsession",
            column="state",
            initial=["preparing"],
            # One that was abandoned before any dose goes back to its preparation.
            allowed=[
                ("dosed", "closed"),
                ("preparing", "abandoned"),
                ("preparing", "dosed"),
                ("abandoned", "preparing"),
                ("dosed", "ending"),
                ("ending", "closed"),
            ],
        ),
        *(guard_table(f"dosing_{table}", append_only=True, stamped=True) for table in KEPT),
        *(guard_table(f"dosing_{table}", stamped=True) for table in CHANGED),
        *(guard_table(f"dosing_{table}", site=None, stamped=True) for table in OF_NO_SITE),
        guard_table(
            "dosing_preparationattendance", stamped=True, parent=("dosing_preparatorysession", "preparation_id")
        ),
        # Tablets are told a number and fetch what is new after the one they have.
        build_stream(),
        *(join_stream(f"dosing_{table}", kind=kind) for table, kind in ENTRIES.items()),
        migrations.RunSQL(OWN_BOOKINGS, "DROP POLICY dosing_booking_own ON public.dosing_booking;"),
    ]
