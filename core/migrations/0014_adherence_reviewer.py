"""Adds the reviewer of recordings, who sees nothing else of the trial."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0013_reports_actor"),
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
                    ("ombudsperson", "Ombudsperson"),
                    ("adherence_reviewer", "Adherence reviewer"),
                    ("system", "System"),
                ],
                max_length=30,
            ),
        ),
    ]
