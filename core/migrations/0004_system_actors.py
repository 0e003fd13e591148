"""Adds the named actors under which Vigil itself writes."""

from django.db import migrations

ACTORS = {
    "setup": "Vigil setup",
    "sign-in": "Vigil sign-in",
    "reminders": "Vigil reminders",
    "safety": "Vigil safety watch",
    "exports": "Vigil exports",
    "scoring": "Vigil scoring",
    # Whoever hands the tablet over is no author of what is typed on it, and cannot read it.
    "tablet": "Participant at the tablet",
    # What a participant writes on the own telephone is nobody's of the site.
    "portal": "Participant on the own pages",
    # What leaves by itself leaves under a name of its own.
    "reports": "Gateway of safety reports",
    "coding": "Coding by dictionary",
}
# Everything but sign-in works on the rows of every site.
ACTORS_OF_ALL_SITES = [name for name in ACTORS if name != "sign-in"]

ADD_ACTORS = [
    # The first of them, "setup", installs itself and the others.
    "SELECT set_config('app.actor', '1', true), set_config('app.reason', 'Installation', true);",
    *(
        "INSERT INTO core_person (password, public_id, username, display_name, email, phone, zone,"
        " is_active, is_system)"
        f" VALUES ('!', 'per_system_{name.replace('-', '')}', 'system:{name}', '{label}', '', '', 'UTC', true, true);"
        for name, label in ACTORS.items()
    ),
    *(
        "INSERT INTO core_membership (person_id, role, starts_at)"
        f" SELECT id, 'system', '2000-01-01T00:00:00Z' FROM core_person WHERE username = 'system:{name}';"
        for name in ACTORS_OF_ALL_SITES
    ),
]


class Migration(migrations.Migration):
    """A job never writes as nobody."""

    dependencies = [("core", "0003_guard")]
    operations = [migrations.RunSQL(ADD_ACTORS, reverse_sql=migrations.RunSQL.noop)]
