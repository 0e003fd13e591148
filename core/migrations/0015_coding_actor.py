"""Adds the actor under which verbatims are gathered and coded where that is certain."""

from django.db import migrations

ADD_ACTOR = [
    "SELECT set_config('app.actor', '1', true), set_config('app.reason', 'Installation', true);",
    "INSERT INTO core_person (password, public_id, username, display_name, email, phone, zone, is_active, is_system)"
    " VALUES ('!', 'per_system_coding', 'system:coding', 'Coding by dictionary', '', '', 'UTC', true, true);",
    "INSERT INTO core_membership (person_id, role, starts_at)"
    " SELECT id, 'system', '2000-01-01T00:00:00Z' FROM core_person WHERE username = 'system:coding';",
]


class Migration(migrations.Migration):
    """What leaves by itself leaves under a name of its own."""

    dependencies = [("core", "0014_adherence_reviewer")]
    operations = [migrations.RunSQL(ADD_ACTOR, reverse_sql=migrations.RunSQL.noop)]
