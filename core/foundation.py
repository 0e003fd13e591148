"""The schemas beside the application's own, as SQL of the first migration: clock, audit, identity, keys, allocation."""

from typing import Any

from django.conf import settings
from django.db import migrations

from core.roles import roles_that_see_site_data

CLOCK = """
CREATE SCHEMA clock;
CREATE TABLE clock.state (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  simulation_allowed boolean NOT NULL DEFAULT false,
  held_at timestamptz
);
INSERT INTO clock.state DEFAULT VALUES;

CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  state record;
  simulated timestamptz;
BEGIN
  SELECT simulation_allowed, held_at INTO state FROM clock.state;
  IF state.simulation_allowed THEN
    simulated := nullif(current_setting('app.now', true), '')::timestamptz;
    RETURN coalesce(simulated, state.held_at, clock_timestamp());
  END IF;
  RETURN clock_timestamp();
END $body$;

-- A time of recording that a change could move would prove nothing.
CREATE FUNCTION clock.stamp() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.recorded_at := CASE WHEN TG_OP = 'INSERT' THEN clock.now() ELSE OLD.recorded_at END;
  RETURN NEW;
END $body$;
"""

AUDIT = """
CREATE SCHEMA audit;
CREATE TABLE audit.entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  row_id bigint NOT NULL,
  operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
  old_values jsonb,
  new_values jsonb,
  actor_id bigint NOT NULL,
  actor_role text,
  reason text,
  transaction_id xid8 NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX entry_row ON audit.entry (table_name, row_id, id);
CREATE INDEX entry_transaction ON audit.entry (transaction_id);

CREATE TABLE audit.access (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  subject text NOT NULL,
  actor_id bigint NOT NULL,
  reason text,
  transaction_id xid8 NOT NULL,
  recorded_at timestamptz NOT NULL
);

CREATE FUNCTION audit.actor() RETURNS bigint LANGUAGE sql STABLE
SET search_path = pg_catalog AS $body$
  SELECT nullif(current_setting('app.actor', true), '')::bigint
$body$;

CREATE FUNCTION audit.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of % is refused: regulated rows are never removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $body$;
"""

# The trigger works on whole statements: measured at half the cost of row triggers on bulk writes.
AUDIT_RECORD = """
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  this_actor bigint := nullif(current_setting('app.actor', true), '')::bigint;
  this_role text := nullif(current_setting('app.role', true), '');
  this_reason text := nullif(current_setting('app.reason', true), '');
  expected bigint;
  written bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN SELECT count(*) INTO expected FROM new_rows;
  ELSE SELECT count(*) INTO expected FROM old_rows; END IF;
  IF expected = 0 THEN RETURN NULL; END IF;
  IF this_actor IS NULL THEN
    RAISE EXCEPTION 'A write to % needs an actor', TG_TABLE_NAME USING ERRCODE = 'VG001';
  END IF;
  IF TG_OP <> 'INSERT' AND this_reason IS NULL THEN
    RAISE EXCEPTION 'A change of % needs a reason', TG_TABLE_NAME USING ERRCODE = 'VG002';
  END IF;

  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit.entry (schema_name, table_name, row_id, operation, new_values, actor_id, actor_role, reason,
                             transaction_id, recorded_at)
    SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, n.id, 'insert', to_jsonb(n), this_actor, this_role, this_reason,
           pg_current_xact_id(), clock.now()
    FROM new_rows n ORDER BY n.id;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO audit.entry (schema_name, table_name, row_id, operation, old_values, new_values, actor_id, actor_role,
                             reason, transaction_id, recorded_at)
    SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, n.id, 'update', to_jsonb(o), to_jsonb(n), this_actor, this_role, this_reason,
           pg_current_xact_id(), clock.now()
    FROM new_rows n JOIN old_rows o ON o.id = n.id ORDER BY n.id;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> expected THEN
      RAISE EXCEPTION 'The primary key of % is immutable', TG_TABLE_NAME USING ERRCODE = 'VG003';
    END IF;
    IF TG_TABLE_NAME <> 'core_signature' THEN
      UPDATE public.core_signature s SET superseded_at = clock.now()
      FROM new_rows n JOIN old_rows o ON o.id = n.id
      WHERE s.record_table = TG_TABLE_NAME AND s.record_id = n.id AND s.superseded_at IS NULL
        AND to_jsonb(n) IS DISTINCT FROM to_jsonb(o);
    END IF;
  ELSE
    INSERT INTO audit.entry (schema_name, table_name, row_id, operation, old_values, actor_id, actor_role, reason,
                             transaction_id, recorded_at)
    SELECT TG_TABLE_SCHEMA, TG_TABLE_NAME, o.id, 'delete', to_jsonb(o), this_actor, this_role, this_reason,
           pg_current_xact_id(), clock.now()
    FROM old_rows o ORDER BY o.id;
  END IF;

  IF TG_NARGS = 2 THEN
    PERFORM audit.supersede_parent(TG_ARGV[0], ids.parent_id)
    FROM (
      SELECT DISTINCT (e.new_values ->> TG_ARGV[1])::bigint AS parent_id
      FROM audit.entry e
      WHERE e.transaction_id = pg_current_xact_id() AND e.table_name = TG_TABLE_NAME AND e.new_values IS NOT NULL
    ) ids;
  END IF;
  RETURN NULL;
END $body$;

CREATE FUNCTION audit.supersede_parent(parent_table text, parent_id bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  UPDATE public.core_signature SET superseded_at = clock.now()
  WHERE record_table = parent_table AND record_id = parent_id AND superseded_at IS NULL;
END $body$;
"""

# Which sites an actor sees is derived in the database from the memberships in force, so that revocation acts at once.
VISIBLE_SITES = """
CREATE FUNCTION audit.visible_sites() RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  RETURN (
    SELECT coalesce(array_agg(DISTINCT s.id), '{{}}')
    FROM public.core_membership m
    JOIN public.core_person p ON p.id = m.person_id AND p.is_active
    JOIN public.trials_site s ON m.site_id IS NULL OR s.id = m.site_id
    WHERE m.person_id = nullif(current_setting('app.actor', true), '')::bigint
      AND m.role IN ({roles})
      AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
  );
END $body$;
"""

# The runtime has no right on audit; it may read the history of one row that row security lets it see anyway.
HISTORY = """
CREATE FUNCTION audit.history(of_table text, of_row bigint)
RETURNS TABLE (entry_id bigint, operation text, old_values jsonb, new_values jsonb, actor_id bigint, actor_role text,
               reason text, transaction_id text, recorded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT e.id, e.operation, e.old_values, e.new_values, e.actor_id, e.actor_role, e.reason, e.transaction_id::text,
         e.recorded_at
  FROM audit.entry e
  WHERE e.schema_name = 'public' AND e.table_name = of_table AND e.row_id = of_row
    AND ((e.new_values ->> 'site_id') IS NULL
         OR (e.new_values ->> 'site_id')::bigint = ANY ((SELECT audit.visible_sites())::bigint[]))
  ORDER BY e.id
$body$;

CREATE FUNCTION audit.log_access(kind text, subject text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  IF nullif(current_setting('app.actor', true), '') IS NULL THEN
    RAISE EXCEPTION 'Reading % needs an actor', kind USING ERRCODE = 'VG001';
  END IF;
  INSERT INTO audit.access (kind, subject, actor_id, reason, transaction_id, recorded_at)
  VALUES (kind, subject, current_setting('app.actor')::bigint, nullif(current_setting('app.reason', true), ''),
          pg_current_xact_id(), clock.now());
END $body$;
"""

# One person's whole record is read at once: the history of many rows, in pages that count from the oldest entry.
# Row security decides which rows a reader can name; the site of each entry is asked again here.
HISTORY_OF_ROWS = """
CREATE FUNCTION audit.history_of_rows(of_tables text[], of_rows bigint[], up_to bigint, most integer)
RETURNS TABLE (place bigint, total bigint, table_name text, operation text, old_values jsonb, new_values jsonb,
               actor_id bigint, actor_role text, reason text, recorded_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  WITH sites AS (SELECT audit.visible_sites() AS ids),
  found AS (
    SELECT e.id, row_number() OVER (ORDER BY e.id) AS place, count(*) OVER () AS total
    FROM unnest(of_tables, of_rows) AS wanted(name, number)
    JOIN audit.entry e ON e.table_name = wanted.name AND e.row_id = wanted.number AND e.schema_name = 'public'
    CROSS JOIN sites
    WHERE (e.new_values ->> 'site_id') IS NULL OR (e.new_values ->> 'site_id')::bigint = ANY (sites.ids)
  )
  SELECT f.place, f.total, e.table_name, e.operation, e.old_values, e.new_values, e.actor_id, e.actor_role, e.reason,
         e.recorded_at
  FROM found f JOIN audit.entry e ON e.id = f.id
  WHERE up_to IS NULL OR f.place <= up_to
  ORDER BY f.place DESC LIMIT most
$body$;
"""

CACHE_TABLE = """
CREATE TABLE core_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX core_cache_expires ON core_cache (expires);
"""


def build_foundation() -> list[migrations.RunSQL]:
    """Returns the migration steps that build the schemas and give out the few rights on them."""
    roles = ", ".join(f"'{role}'" for role in roles_that_see_site_data())
    audit: list[Any] = [AUDIT, AUDIT_RECORD, VISIBLE_SITES.format(roles=roles), HISTORY, HISTORY_OF_ROWS]
    runtime, unblinded = settings.RUNTIME_LOGIN, settings.UNBLINDED_LOGIN
    return [
        migrations.RunSQL([CLOCK, *audit], reverse_sql="DROP SCHEMA audit CASCADE; DROP SCHEMA clock CASCADE;"),
        migrations.RunSQL(_rights(runtime, unblinded), reverse_sql=migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                [f"CREATE SCHEMA {name};", f'GRANT USAGE ON SCHEMA {name} TO "{runtime}";'],
                reverse_sql=f"DROP SCHEMA {name};",
            )
            for name in ("vault", "keyring")
        ),
        migrations.RunSQL("CREATE SCHEMA allocation;", reverse_sql="DROP SCHEMA allocation CASCADE;"),
        migrations.RunSQL(CACHE_TABLE, reverse_sql="DROP TABLE core_cache;"),
    ]


def _rights(runtime: str, unblinded: str) -> list[Any]:
    both = f'"{runtime}", "{unblinded}"'
    return [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
        f"GRANT USAGE ON SCHEMA public, clock, audit TO {both};",
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;",
        "GRANT EXECUTE ON FUNCTION audit.actor(), audit.visible_sites(), audit.history(text, bigint),"
        " audit.history_of_rows(text[], bigint[], bigint, integer),"
        f" audit.log_access(text, text) TO {both};",
        # Tables that hold no regulated data (sign-in sessions, cache) get plain rights; guard_table narrows the others.
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{runtime}";',
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO "{runtime}";',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{runtime}";',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{runtime}";',
    ]
