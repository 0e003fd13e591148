"""Adds the actor under which a participant's own words are written when a tablet is handed over."""

from django.db import migrations

ADD_ACTOR = [
    "SELECT set_config('app.actor', '1', true), set_config('app.reason', 'Installation', true);",
    "INSERT INTO core_person (password, public_id, username, display_name, email, phone, zone, is_active, is_system)"
    " VALUES ('!', 'per_system_tablet', 'system:tablet', 'Participant at the tablet', '', '', 'UTC', true, true);",
    "INSERT INTO core_membership (person_id, role, starts_at)"
    " SELECT id, 'system', '2000-01-01T00:00:00Z' FROM core_person WHERE username = 'system:tablet';",
]


class Migration(migrations.Migration):
    """Whoever hands the tablet over is no author of what is typed on it, and cannot read it."""

    dependencies = [("core", "0009_consent_signatures")]
    operations = [migrations.RunSQL(ADD_ACTOR, reverse_sql=migrations.RunSQL.noop)]
