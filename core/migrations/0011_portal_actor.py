"""Adds the actor under which a participant's own words are written on the own pages."""

from django.db import migrations

ADD_ACTOR = [
    "SELECT set_config('app.actor', '1', true), set_config('app.reason', 'Installation', true);",
    "INSERT INTO core_person (password, public_id, username, display_name, email, phone, zone, is_active, is_system)"
    " VALUES ('!', 'per_system_portal', 'system:portal', 'Participant on the own pages', '', '', 'UTC', true, true);",
    "INSERT INTO core_membership (person_id, role, starts_at)"
    " SELECT id, 'system', '2000-01-01T00:00:00Z' FROM core_person WHERE username = 'system:portal';",
]


class Migration(migrations.Migration):
    """What a participant writes on the own telephone is nobody's of the site."""

    dependencies = [("core", "0010_tablet_actor")]
    operations = [migrations.RunSQL(ADD_ACTOR, reverse_sql=migrations.RunSQL.noop)]
