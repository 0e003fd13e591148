"""Brings the impartial witness, and what is signed beside a consent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """An impartial witness has no other part in the trial."""

    dependencies = [
        ("core", "0008_pins_and_devices"),
    ]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("coordinator", "Research coordinator"),
                    ("therapist", "Therapist"),
                    ("independent_rater", "Independent rater"),
                    ("pharmacist", "Pharmacist (unblinded)"),
                    ("principal_investigator", "Principal investigator"),
                    ("monitor", "Monitor"),
                    ("data_manager", "Data manager"),
                    ("safety_officer", "Safety officer"),
                    ("administrator", "Administrator"),
                    ("unblinded_statistician", "Unblinded statistician"),
                    ("medical_monitor", "Medical monitor"),
                    ("impartial_witness", "Impartial witness"),
                    ("system", "System"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="signature",
            name="meaning",
            field=models.CharField(
                choices=[
                    ("authorship", "I wrote this record and it is complete and true."),
                    ("review", "I have reviewed this record."),
                    ("approval", "I approve this record."),
                    ("acceptance", "I accept this duty and will do it as the protocol says."),
                    ("responsibility", "I take responsibility for this decision."),
                    (
                        "consent",
                        "I discussed this with the participant, answered what was asked, and saw it given freely.",
                    ),
                    ("witness", "I was present while it was explained, and saw the participant consent freely."),
                ],
                max_length=20,
            ),
        ),
    ]
