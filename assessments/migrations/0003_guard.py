"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("assessments", "0001_initial"), ("trials", "0001_initial")]
    operations = [
        guard_table("assessments_assessment", also="rater_id = (SELECT audit.actor())", stamped=True),
        guard_transitions(
            "assessments_assessment",
            column="state",
            initial=["ready"],
            allowed=[
                ("ready", "cancelled"),
                ("ready", "started"),
                ("started", "cancelled"),
                ("started", "locked"),
            ],
        ),
        guard_table(
            "assessments_itemvalue",
            also="assessment_id IN (SELECT id FROM public.assessments_assessment WHERE rater_id = (SELECT audit.actor()))",
            parent=("assessments_assessment", "assessment_id"),
            stamped=True,
        ),
        guard_table(
            "assessments_assessmentscore",
            also="assessment_id IN (SELECT id FROM public.assessments_assessment WHERE rater_id = (SELECT audit.actor()))",
            append_only=True,
            stamped=True,
        ),
        guard_table(
            "assessments_unblindingincident",
            site=None,
            also="recorded_by_id = (SELECT audit.actor())",
            append_only=True,
            stamped=True,
        ),
    ]
