"""Lets an entry be taken back beside its correction, and an abandoned session be prepared again."""

from django.db import migrations, models
from django.db.models import Q

from core.guard import change_transitions

CONSTRAINTS = {
    "vitalsigns": "vital_signs_correction_has_reason",
    "doserecord": "dose_correction_has_reason",
    "observedeffect": "effect_correction_has_reason",
    "sessionnote": "note_correction_has_reason",
    "distressrating": "distress_correction_has_reason",
    "medicinegiven": "medicine_correction_has_reason",
    "roompresence": "presence_correction_has_reason",
    "dischargecheck": "discharge_correction_has_reason",
}
CORRECTED = Q(amends__isnull=True, withdrawn=False) | (Q(amends__isnull=False) & ~Q(reason=""))
COURSE = [("dosed", "closed"), ("preparing", "abandoned"), ("preparing", "dosed")]


class Migration(migrations.Migration):
    """What was recorded stays; a row beside it says that it was taken back, by whom and why."""

    dependencies = [("dosing", "0002_guard")]
    operations = [
        *(
            migrations.AddField(
                model_name=table,
                name="withdrawn",
                field=models.BooleanField("the corrected entry is taken back", default=False),
            )
            for table in CONSTRAINTS
        ),
        *(migrations.RemoveConstraint(model_name=table, name=name) for table, name in CONSTRAINTS.items()),
        *(
            migrations.AddConstraint(
                model_name=table, constraint=models.CheckConstraint(name=name, condition=CORRECTED)
            )
            for table, name in CONSTRAINTS.items()
        ),
        change_transitions(
            "dosing_dosingsession",
            column="state",
            initial=["preparing"],
            before=COURSE,
            allowed=[*COURSE, ("abandoned", "preparing")],
        ),
    ]
