"""What only the owner of the database may do to ratings, for tests that look behind the rater's firewall."""

from tests.databases import owner_cursor

# Each rating goes over to the next rated visit of its participant, and that of the last to the first.
ROTATE = """
WITH rated AS (
  SELECT DISTINCT a.participant_id, a.visit_id, v."order" AS place
  FROM assessments_assessment a JOIN patients_visit v ON v.id = a.visit_id WHERE a.rater_id IS NOT NULL
), turned AS (
  SELECT visit_id, count(*) OVER (PARTITION BY participant_id) AS visits,
         coalesce(lead(visit_id) OVER (PARTITION BY participant_id ORDER BY place),
                  first_value(visit_id) OVER (PARTITION BY participant_id ORDER BY place)) AS other
  FROM rated
)
UPDATE assessments_assessment a SET visit_id = t.other
FROM turned t WHERE a.visit_id = t.visit_id AND a.rater_id IS NOT NULL AND t.visits > 1
"""


def swap_visits(database: str) -> int:
    """Exchanges the visits of every participant's ratings; returns how many ratings changed theirs."""
    with owner_cursor(database) as cursor:
        cursor.execute("SET app.maintenance = 'on'")
        cursor.execute("SELECT set_config('app.actor', '1', false), set_config('app.reason', 'test', false)")
        cursor.execute("ALTER TABLE assessments_assessment DISABLE TRIGGER assessments_assessment_final")
        cursor.execute("DROP INDEX assessment_once_per_visit")
        cursor.execute(ROTATE)
        changed = cursor.rowcount
        cursor.execute("ALTER TABLE assessments_assessment ENABLE ALWAYS TRIGGER assessments_assessment_final")
    return changed
