"""Locks the tables of the room, the night, the preparation and the plan; lets a session end early after a dose."""

from django.db import migrations

from core.guard import change_transitions, guard_table
from sessions.stream import join_stream

# Each table of entries with its word in the stream.
ENTRIES = {
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
COURSE = [("dosed", "closed"), ("preparing", "abandoned"), ("preparing", "dosed"), ("abandoned", "preparing")]


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("dosing", "0005_the_day")]
    operations = [
        *(guard_table(f"dosing_{table}", append_only=True, stamped=True) for table in (*ENTRIES, "papersheet")),
        *(join_stream(f"dosing_{table}", kind=kind) for table, kind in ENTRIES.items()),
        guard_table("dosing_preparatorysession", stamped=True),
        guard_table(
            "dosing_preparationattendance", stamped=True, parent=("dosing_preparatorysession", "preparation_id")
        ),
        guard_table("dosing_room", stamped=True),
        guard_table("dosing_booking", stamped=True),
        change_transitions(
            "dosing_dosingsession",
            column="state",
            initial=["preparing"],
            before=COURSE,
            allowed=[*COURSE, ("dosed", "ending"), ("ending", "closed")],
        ),
    ]
