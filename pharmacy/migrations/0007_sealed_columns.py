"""Seals what tells an arm: the list's seed, the places' arms and blocks, what kits hold, notes and closed reports.

The tables with sealed columns move to the schema `sealed`; under their old names stand views that open them for a
transaction to which the key was lent (`pharmacy/sealing.py`). So the functions that only read stay as they are, and
those that write seal. Rows that are there already are sealed, and so is what the audit holds of them.

The construction is a synthetic initial value (Rogaway and Shrimpton 2006) out of HMAC-SHA-256 (RFC 2104), because the
server has SHA-256 built in and no cipher: the tag over place and value begins a stream of HMACs, which is mixed with
the value. The place is the row and the column, so that equal values never look alike.
"""

from django.conf import settings
from django.db import migrations

from core.guard import grant_function
from pharmacy.sealing import lend_key

CIPHER = """
CREATE SCHEMA sealed;
CREATE TABLE sealed.key_check (id boolean PRIMARY KEY DEFAULT true CHECK (id), digest bytea NOT NULL);
CREATE TABLE sealed.place (
  table_name text NOT NULL, column_name text NOT NULL, width integer NOT NULL, named_by text[] NOT NULL,
  PRIMARY KEY (table_name, column_name)
);

CREATE FUNCTION allocation.mixed(one bytea, other bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
RETURN substr(varbit_send(('x' || encode(one, 'hex'))::varbit # ('x' || encode(other, 'hex'))::varbit), 5);

-- A key of HMAC is held as its two pads of 64 bytes (RFC 2104).
CREATE FUNCTION allocation.pads(key bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
RETURN allocation.mixed(key || decode(repeat('00', 64 - length(key)), 'hex'), decode(repeat('36', 64), 'hex'))
    || allocation.mixed(key || decode(repeat('00', 64 - length(key)), 'hex'), decode(repeat('5c', 64), 'hex'));

CREATE FUNCTION allocation.hmac(pads bytea, message bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
RETURN sha256(substr(pads, 65, 64) || sha256(substr(pads, 1, 64) || message));

-- Two keys out of one (HKDF-Expand, RFC 5869): the first encrypts, the second authenticates.
CREATE FUNCTION allocation.keys_of(key bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
RETURN allocation.pads(allocation.hmac(allocation.pads(key), convert_to('vigil allocation encrypt', 'UTF8') || '\\x01'))
    || allocation.pads(allocation.hmac(allocation.pads(key),
                                       convert_to('vigil allocation authenticate', 'UTF8') || '\\x01'));

CREATE FUNCTION allocation.keystream(pads bytea, beginning bytea, bytes integer) RETURNS bytea LANGUAGE plpgsql
IMMUTABLE STRICT AS $body$
BEGIN
  RETURN (SELECT substr(string_agg(allocation.hmac(pads, beginning || int4send(n)), ''::bytea ORDER BY n), 1, bytes)
          FROM generate_series(1, (bytes + 31) / 32) n);
END $body$;

CREATE FUNCTION allocation.seal(keys bytea, plain text, place text, width integer) RETURNS bytea LANGUAGE plpgsql
IMMUTABLE STRICT COST 1000 AS $body$
DECLARE
  body bytea := convert_to(plain, 'UTF8') || '\\x80'::bytea;
  tag bytea;
BEGIN
  body := body || decode(repeat('00', (width - length(body) % width) % width), 'hex');
  tag := substr(allocation.hmac(substr(keys, 129), convert_to(place, 'UTF8') || '\\x00'::bytea || body), 1, 16);
  RETURN tag || allocation.mixed(body, allocation.keystream(substr(keys, 1, 128), tag, length(body)));
END $body$;

CREATE FUNCTION allocation.opened(keys bytea, sealed bytea, place text) RETURNS text LANGUAGE plpgsql
IMMUTABLE STRICT COST 1000 AS $body$
DECLARE
  tag bytea := substr(sealed, 1, 16);
  body bytea := allocation.mixed(substr(sealed, 17),
                                 allocation.keystream(substr(keys, 1, 128), tag, length(sealed) - 16));
BEGIN
  IF tag <> substr(allocation.hmac(substr(keys, 129), convert_to(place, 'UTF8') || '\\x00'::bytea || body), 1, 16) THEN
    RAISE EXCEPTION 'A sealed value does not open' USING ERRCODE = 'VG120';
  END IF;
  body := rtrim(body, '\\x00'::bytea);
  RETURN convert_from(substr(body, 1, length(body) - 1), 'UTF8');
END $body$;
"""
# The key itself is nowhere: what is kept of it, to know a wrong one, is the digest of a fixed word.
KEY = """
CREATE FUNCTION allocation.lent(under text) RETURNS bytea LANGUAGE plpgsql STABLE AS $body$
DECLARE
  found text := current_setting(under, true);
BEGIN
  IF coalesce(found, '') = '' THEN
    RAISE EXCEPTION 'The key of the allocation was not lent' USING ERRCODE = 'VG118';
  END IF;
  RETURN decode(found, 'hex');
END $body$;

CREATE FUNCTION allocation.seal(plain text, place text, width integer) RETURNS bytea LANGUAGE plpgsql
STABLE STRICT COST 1000 AS $body$
BEGIN
  RETURN allocation.seal(allocation.lent('app.allocation_key'), plain, place, width);
END $body$;

CREATE FUNCTION allocation.opened(sealed bytea, place text) RETURNS text LANGUAGE plpgsql
STABLE STRICT COST 1000 AS $body$
BEGIN
  RETURN allocation.opened(allocation.lent('app.allocation_key'), sealed, place);
END $body$;

CREATE FUNCTION allocation.resealed(sealed text, place text, width integer) RETURNS bytea LANGUAGE plpgsql
STABLE STRICT COST 1000 AS $body$
BEGIN
  RETURN allocation.seal(
    allocation.opened(allocation.lent('app.allocation_key_before'), sealed::bytea, place), place, width);
END $body$;

CREATE FUNCTION allocation.draw_pad() RETURNS bytea LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  pad bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
BEGIN
  PERFORM set_config('app.allocation_pad', encode(pad, 'hex'), true);
  RETURN pad;
END $body$;

CREATE FUNCTION allocation.unmasked(masked bytea) RETURNS bytea LANGUAGE plpgsql AS $body$
DECLARE
  key bytea := allocation.keys_of(allocation.mixed(masked, allocation.lent('app.allocation_pad')));
BEGIN
  PERFORM set_config('app.allocation_pad', '', true);
  RETURN key;
END $body$;

CREATE FUNCTION allocation.check_of(keys bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
RETURN allocation.hmac(substr(keys, 129), convert_to('the key of the allocation', 'UTF8'));

CREATE FUNCTION allocation.take_key(masked bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  keys bytea := allocation.unmasked(masked);
BEGIN
  IF NOT EXISTS (SELECT 1 FROM sealed.key_check) THEN
    INSERT INTO sealed.key_check (digest) VALUES (allocation.check_of(keys)) ON CONFLICT DO NOTHING;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM sealed.key_check c WHERE c.digest = allocation.check_of(keys)) THEN
    RAISE EXCEPTION 'The key of the allocation is another one' USING ERRCODE = 'VG119';
  END IF;
  PERFORM set_config('app.allocation_key', encode(keys, 'hex'), true);
END $body$;

CREATE FUNCTION allocation.told(argument bytea) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  RETURN allocation.opened(substr(argument, 17), 'argument ' || encode(substr(argument, 1, 16), 'hex'));
END $body$;
"""
# The table is written anew, and what the audit holds of the column is replaced by the same ciphertext: the replay of
# the audit stays exact, and a value stands in one place as in the other.
COLUMNS = """
CREATE FUNCTION allocation.rewrite_column(of_table text, of_column text, through text) RETURNS void LANGUAGE plpgsql
AS $body$
DECLARE
  known record;
  name text := format('%s.%s ', of_table, of_column);
  side text;
BEGIN
  SELECT p.width, p.named_by INTO known FROM sealed.place p
  WHERE p.table_name = of_table AND p.column_name = of_column;
  EXECUTE format('ALTER TABLE sealed.%1$I ALTER COLUMN %2$I TYPE bytea
                    USING allocation.%3$I(%2$I::text, %4$L || concat_ws('' '', %5$s), %6$s)',
    of_table, of_column, through, name, (SELECT string_agg(format('%I', n), ', ') FROM unnest(known.named_by) n),
    known.width);
  FOREACH side IN ARRAY ARRAY['old_values', 'new_values'] LOOP
    EXECUTE format('UPDATE audit.entry e SET %1$I = jsonb_set(e.%1$I, ARRAY[%2$L], to_jsonb(allocation.%3$I(
                      e.%1$I ->> %2$L, %4$L || concat_ws('' '', %5$s), %6$s)))
                    WHERE e.schema_name = ''sealed'' AND e.table_name = %7$L AND e.%1$I ->> %2$L IS NOT NULL',
      side, of_column, through, name,
      (SELECT string_agg(format('e.%I ->> %L', side, n), ', ') FROM unnest(known.named_by) n), known.width, of_table);
  END LOOP;
END $body$;

CREATE FUNCTION allocation.seal_column(of_table text, of_column text, with_width integer, VARIADIC named text[])
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO sealed.place (table_name, column_name, width, named_by) VALUES (of_table, of_column, with_width, named);
  PERFORM allocation.rewrite_column(of_table, of_column, 'seal');
END $body$;

CREATE FUNCTION allocation.move_to_sealed(of_table text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('ALTER TABLE allocation.%I SET SCHEMA sealed', of_table);
  UPDATE audit.entry SET schema_name = 'sealed' WHERE schema_name = 'allocation' AND table_name = of_table;
END $body$;

CREATE FUNCTION allocation.take_key_before(masked bytea) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM allocation.take_key(masked);
  PERFORM set_config('app.allocation_key_before', current_setting('app.allocation_key'), true);
END $body$;

CREATE FUNCTION allocation.reseal(masked bytea) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
  keys bytea := allocation.unmasked(masked);
  known record;
  columns integer := 0;
  views text[] := (SELECT array_agg(format('CREATE VIEW allocation.%I AS %s', v.viewname, v.definition))
                   FROM pg_views v WHERE v.schemaname = 'allocation');
  view text;
BEGIN
  PERFORM allocation.lent('app.allocation_key_before');
  PERFORM set_config('app.allocation_key', encode(keys, 'hex'), true);
  -- A table is not written anew below a view that reads it.
  EXECUTE (SELECT string_agg(format('DROP VIEW allocation.%I', v.viewname), ';')
           FROM pg_views v WHERE v.schemaname = 'allocation');
  FOR known IN SELECT p.table_name, p.column_name FROM sealed.place p ORDER BY p.table_name, p.column_name LOOP
    PERFORM allocation.rewrite_column(known.table_name, known.column_name, 'resealed');
    columns := columns + 1;
  END LOOP;
  FOREACH view IN ARRAY views LOOP
    EXECUTE view;
  END LOOP;
  UPDATE audit.entry e SET new_values = jsonb_set(
    e.new_values, ARRAY['sealed'], to_jsonb(allocation.resealed(e.new_values ->> 'sealed', 'lot ' || e.row_id, 256)))
  WHERE e.schema_name = 'allocation' AND e.table_name = 'lot';
  UPDATE sealed.key_check SET digest = allocation.check_of(keys);
  RETURN columns;
END $body$;
"""
SEALED = """
ALTER TABLE allocation.list DROP CONSTRAINT list_seed_check, ALTER COLUMN rules DROP DEFAULT;
ALTER TABLE allocation.slot DROP CONSTRAINT slot_block_check;
ALTER TABLE allocation.discrepancy_note DROP CONSTRAINT discrepancy_note_note_check;
ALTER TABLE allocation.board_report DROP CONSTRAINT board_report_content_check, DROP COLUMN digest;
SELECT allocation.move_to_sealed(t)
FROM unnest(ARRAY['list', 'slot', 'kit_content', 'discrepancy_note', 'board_report']) t;
UPDATE audit.entry SET new_values = new_values - 'digest'
WHERE schema_name = 'sealed' AND table_name = 'board_report';
SELECT allocation.seal_column('list', 'seed', 64, 'id');
SELECT allocation.seal_column('list', 'rules', 256, 'id');
SELECT allocation.seal_column('list', 'ratio', 256, 'id');
SELECT allocation.seal_column('slot', 'arm', 64, 'list_id', 'stratum', 'position');
SELECT allocation.seal_column('slot', 'block', 32, 'list_id', 'stratum', 'position');
SELECT allocation.seal_column('kit_content', 'arm', 64, 'kit_number');
SELECT allocation.seal_column('kit_content', 'lot', 64, 'kit_number');
SELECT allocation.seal_column('discrepancy_note', 'note', 2048, 'discrepancy_id', 'noted_by_id');
SELECT allocation.seal_column('board_report', 'content', 16384, 'public_id');

CREATE VIEW allocation.list AS
  SELECT l.id, l.trial_id, l.protocol_version_id, allocation.opened(l.seed, 'list.seed ' || l.id) AS seed,
         allocation.opened(l.ratio, 'list.ratio ' || l.id)::jsonb AS ratio, l.block_sizes, l.method,
         allocation.opened(l.rules, 'list.rules ' || l.id)::jsonb AS rules, l.made_by_id,
         l.made_at, l.sealed_at
  FROM sealed.list l;
CREATE VIEW allocation.slot AS
  SELECT t.id, t.list_id, t.stratum, t.position,
         allocation.opened(t.block, 'slot.block ' || concat_ws(' ', t.list_id, t.stratum, t.position))::integer
           AS block,
         allocation.opened(t.arm, 'slot.arm ' || concat_ws(' ', t.list_id, t.stratum, t.position)) AS arm,
         t.levels, t.randomisation_number, t.participant_id, t.kit_number, t.allocated_at
  FROM sealed.slot t;
CREATE VIEW allocation.kit_content AS
  SELECT c.id, c.kit_number, allocation.opened(c.arm, 'kit_content.arm ' || c.kit_number) AS arm,
         allocation.opened(c.lot, 'kit_content.lot ' || c.kit_number) AS lot, c.received_by_id
  FROM sealed.kit_content c;
CREATE VIEW allocation.discrepancy_note AS
  SELECT n.id, n.discrepancy_id, n.noted_by_id, n.noted_at,
         allocation.opened(n.note, 'discrepancy_note.note ' || concat_ws(' ', n.discrepancy_id, n.noted_by_id)) AS note
  FROM sealed.discrepancy_note n;
CREATE VIEW allocation.board_report AS
  SELECT r.id, r.trial_id, r.public_id, r.made_by_id, r.made_at, x.content,
         encode(sha256(convert_to(x.content, 'UTF8')), 'hex') AS digest
  FROM sealed.board_report r
  CROSS JOIN LATERAL (
    SELECT allocation.opened(r.content, 'board_report.content ' || r.public_id) AS content OFFSET 0) x;
"""
# Everybody who was allocated is opened once, not once for each arm that is tried.
MINIMISE = """
CREATE OR REPLACE FUNCTION allocation.minimise(of_list bigint, of_levels jsonb, at_position integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  sealed record;
  arms text[];
  best text[];
  rest text[];
  preferred text;
BEGIN
  SELECT l.seed, l.ratio, l.rules INTO sealed FROM allocation.list l WHERE l.id = of_list;
  SELECT array_agg(k.arm ORDER BY k.arm COLLATE "C") INTO arms FROM jsonb_object_keys(sealed.ratio) AS k(arm);
  WITH known AS MATERIALIZED (
    SELECT t.id, t.arm, t.levels FROM allocation.slot t WHERE t.list_id = of_list
  ), tried AS (
    SELECT c.arm AS candidate, w.factor, w.weight::bigint AS weight, x.arm,
           count(t.id) + (x.arm = c.arm)::integer AS people
    FROM unnest(arms) AS c(arm) CROSS JOIN unnest(arms) AS x(arm)
    CROSS JOIN jsonb_each_text(sealed.rules -> 'weights') AS w(factor, weight)
    LEFT JOIN known t ON t.arm = x.arm AND t.levels ->> w.factor = of_levels ->> w.factor
    GROUP BY c.arm, w.factor, w.weight, x.arm
  ), spread AS (
    SELECT candidate, factor, weight * CASE sealed.rules ->> 'measure'
      WHEN 'range' THEN max(people) - min(people)
      ELSE count(*) * sum(people * people) - sum(people) * sum(people) END AS uneven
    FROM tried GROUP BY candidate, factor, weight
  ), score AS (
    SELECT candidate, sum(uneven) AS uneven FROM spread GROUP BY candidate
  )
  SELECT array_agg(s.candidate ORDER BY s.candidate COLLATE "C") INTO best
  FROM score s WHERE s.uneven = (SELECT min(z.uneven) FROM score z);
  preferred := best[1 + (allocation.drawn(sealed.seed, at_position, 'tie') * cardinality(best) >> 48)];
  IF allocation.drawn(sealed.seed, at_position, 'coin')
     < floor((sealed.rules ->> 'probability')::numeric * 281474976710656) THEN
    RETURN preferred;
  END IF;
  rest := array_remove(arms, preferred);
  RETURN rest[1 + (allocation.drawn(sealed.seed, at_position, 'other') * cardinality(rest) >> 48)];
END $body$;
"""


class Migration(migrations.Migration):
    """A dump tells nobody who got what."""

    dependencies = [("pharmacy", "0006_figures_by_arm")]
    operations = [
        migrations.RunSQL([CIPHER, KEY, COLUMNS], reverse_sql=migrations.RunSQL.noop),
        migrations.RunPython(lend_key, migrations.RunPython.noop),
        migrations.RunSQL([SEALED, MINIMISE], reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(
            "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA allocation FROM PUBLIC;", reverse_sql=migrations.RunSQL.noop
        ),
        *(
            grant_function(signature, login=login)
            for signature in ("allocation.draw_pad()", "allocation.take_key(bytea)")
            for login in (settings.RUNTIME_LOGIN, settings.UNBLINDED_LOGIN)
        ),
        grant_function("allocation.told(bytea)", login=settings.UNBLINDED_LOGIN),
    ]
