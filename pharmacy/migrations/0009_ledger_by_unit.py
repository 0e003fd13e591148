"""Keeps the ledger by what a kit is packed with, and no longer by lot: a lot that many kits share would group them.

A movement names a line of a kit's packing; which lot that is stands sealed with the kit. Lots, balances, and the
numbers of a lot's movements are computed when a pharmacist reads. What a kit is packed with is told once for a whole
shipment: it cannot depend on the content. Movements are numbered by site, without a gap, under one lock for each site.
"""

from django.conf import settings
from django.db import migrations

from core.guard import grant_function
from pharmacy.sealing import lend_key

# Figures of a count say how many kits of a lot are left; with the journal of two days that tells a kit's lot.
COUNT_FIGURES = """
CREATE FUNCTION allocation.lot_number(arm text, code text, strength_mg numeric) RETURNS bigint LANGUAGE plpgsql
STABLE STRICT COST 1000 AS $body$
BEGIN
  RETURN ('x' || left(encode(allocation.hmac(substr(allocation.lent('app.allocation_key'), 129), convert_to(
    concat_ws(E'\\t', 'lot', arm, code, trim_scale(strength_mg)), 'UTF8')), 'hex'), 13))::bit(52)::bigint;
END $body$;

CREATE FUNCTION allocation.figure_of(of_lot bigint, units integer, expected integer) RETURNS text LANGUAGE sql STABLE
AS $body$
  SELECT jsonb_build_object('lot', allocation.lot_number(l.arm, l.code, l.strength_mg), 'code', l.code, 'arm', l.arm,
                            'strength_mg', l.strength_mg, 'units', units, 'expected', expected)::text
  FROM allocation.lot l WHERE l.id = of_lot
$body$;
ALTER TABLE allocation.count_figure DISABLE TRIGGER count_figure_kept,
  DISABLE TRIGGER count_figure_audit_update;
ALTER TABLE allocation.count_figure ADD COLUMN figure text;
UPDATE allocation.count_figure SET figure = allocation.figure_of(lot_id, units, expected);
UPDATE audit.entry e
SET new_values = e.new_values - 'lot_id' - 'units' - 'expected' || jsonb_build_object('figure', f.figure)
FROM allocation.count_figure f
WHERE e.schema_name = 'allocation' AND e.table_name = 'count_figure' AND f.id = e.row_id;
ALTER TABLE allocation.count_figure DROP COLUMN lot_id, DROP COLUMN units, DROP COLUMN expected,
  ALTER COLUMN figure SET NOT NULL;
DROP FUNCTION allocation.figure_of(bigint, integer, integer);
ALTER TABLE allocation.count_figure ENABLE ALWAYS TRIGGER count_figure_kept,
  ENABLE ALWAYS TRIGGER count_figure_audit_update;
SELECT allocation.move_to_sealed('count_figure');
SELECT allocation.seal_column('count_figure', 'figure', 256, 'stock_count_id');
CREATE VIEW allocation.count_figure AS
  SELECT f.id, f.stock_count_id, f.counted_by_id,
         allocation.opened(f.figure, 'count_figure.figure ' || f.stock_count_id)::jsonb AS figure
  FROM sealed.count_figure f;
"""
# What the audit holds of a kit's packing and of its movements becomes what the rows are now; what it holds of lots,
# whose table goes, is sealed as a whole.
BY_UNIT = """
ALTER TABLE allocation.kit_unit DISABLE TRIGGER kit_unit_kept,
  DISABLE TRIGGER kit_unit_audit_update;
ALTER TABLE allocation.movement DISABLE TRIGGER movement_kept,
  DISABLE TRIGGER movement_audit_update;
ALTER TABLE allocation.kit_unit ADD COLUMN strength_mg numeric CHECK (strength_mg > 0);
UPDATE allocation.kit_unit u SET strength_mg = l.strength_mg FROM allocation.lot l WHERE l.id = u.lot_id;
ALTER TABLE allocation.movement ADD COLUMN unit_id bigint REFERENCES allocation.kit_unit (id);
UPDATE allocation.movement m SET unit_id = u.id
FROM allocation.kit_unit u WHERE u.kit_number = m.kit_number AND u.bottle = m.bottle AND u.lot_id = m.lot_id;
ALTER TABLE allocation.movement DROP COLUMN lot_id;
UPDATE allocation.movement m SET number = n.number
FROM (SELECT id, row_number() OVER (PARTITION BY site_id ORDER BY id) AS number FROM allocation.movement) n
WHERE n.id = m.id;
UPDATE audit.entry SET new_values = jsonb_build_object(
  'id', row_id, 'sealed', allocation.seal(new_values::text, 'lot ' || row_id, 256))
WHERE schema_name = 'allocation' AND table_name = 'lot';
ALTER TABLE allocation.kit_unit DROP COLUMN lot_id, ALTER COLUMN strength_mg SET NOT NULL,
  ADD UNIQUE (kit_number, bottle, strength_mg);
ALTER TABLE allocation.movement ALTER COLUMN unit_id SET NOT NULL, ADD UNIQUE (site_id, number);
UPDATE audit.entry e SET new_values = to_jsonb(u) FROM allocation.kit_unit u
WHERE e.schema_name = 'allocation' AND e.table_name = 'kit_unit' AND u.id = e.row_id;
UPDATE audit.entry e SET new_values = to_jsonb(m) FROM allocation.movement m
WHERE e.schema_name = 'allocation' AND e.table_name = 'movement' AND m.id = e.row_id;
CREATE INDEX movement_of_unit ON allocation.movement (unit_id);
DROP TABLE allocation.balance;
DROP TABLE allocation.lot;
ALTER TABLE allocation.kit_unit ENABLE ALWAYS TRIGGER kit_unit_kept,
  ENABLE ALWAYS TRIGGER kit_unit_audit_update;
ALTER TABLE allocation.movement ENABLE ALWAYS TRIGGER movement_kept,
  ENABLE ALWAYS TRIGGER movement_audit_update;
"""
POST = """
CREATE OR REPLACE FUNCTION allocation.post_movement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ledger of site ' || NEW.site_id, 0));
  NEW.number := 1 + coalesce((SELECT max(m.number) FROM allocation.movement m WHERE m.site_id = NEW.site_id), 0);
  NEW.recorded_at := clock.now();
  IF NEW.units > (
    SELECT coalesce(sum(CASE WHEN m.to_place = NEW.from_place THEN m.units ELSE 0 END
                      - CASE WHEN m.from_place = NEW.from_place THEN m.units ELSE 0 END), 0)
           + CASE WHEN NEW.from_place = 'supplier'
                  THEN (SELECT u.units FROM allocation.kit_unit u WHERE u.id = NEW.unit_id) ELSE 0 END
    FROM allocation.movement m WHERE m.unit_id = NEW.unit_id
  ) THEN
    RAISE EXCEPTION 'A place cannot fall below zero' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $body$;
"""
KIT = """
DROP FUNCTION allocation.held(text);
CREATE FUNCTION allocation.held(of_kit text)
RETURNS TABLE (unit_id bigint, strength_mg numeric, bottle text, place text, units integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT u.id, u.strength_mg, u.bottle, s.place, sum(s.units)::integer
  FROM allocation.kit_unit u JOIN (
    SELECT u.id, 'supplier' AS place, u.units FROM allocation.kit_unit u WHERE u.kit_number = of_kit
    UNION ALL
    SELECT m.unit_id, m.to_place, m.units FROM allocation.movement m WHERE m.kit_number = of_kit
    UNION ALL
    SELECT m.unit_id, m.from_place, -m.units FROM allocation.movement m WHERE m.kit_number = of_kit
  ) s ON s.id = u.id
  GROUP BY u.id, u.strength_mg, u.bottle, s.place
$body$;

CREATE OR REPLACE FUNCTION allocation.post_kit_movement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  kit record;
  line record;
  wanted integer := NEW.units;
  taken integer;
  moved integer := 0;
BEGIN
  SELECT k.number, k.site_id INTO kit FROM public.pharmacy_kit k WHERE k.id = NEW.kit_id FOR UPDATE;
  -- A kit that came before the ledger was kept has no capsules in it.
  IF NOT EXISTS (SELECT 1 FROM allocation.kit_unit u WHERE u.kit_number = kit.number) THEN RETURN NULL; END IF;
  IF NEW.kind = 'reversal' THEN
    INSERT INTO allocation.movement (site_id, unit_id, number, kind, from_place, to_place, units, kit_number, bottle,
      kit_movement_id, handler_id, witness_id, reverses_id, recorded_at)
    SELECT m.site_id, m.unit_id, 1, 'reversal', m.to_place, m.from_place, m.units, m.kit_number, m.bottle,
           NEW.id, NEW.recorded_by_id, NEW.witness_id, m.id, NEW.recorded_at
    FROM allocation.movement m WHERE m.kit_movement_id = NEW.reverses_id ORDER BY m.unit_id, m.id;
    GET DIAGNOSTICS moved = ROW_COUNT;
  ELSE
    FOR line IN
      SELECT k.from_place, k.to_place, h.bottle, h.unit_id, h.units
      FROM allocation.movement_kind k JOIN allocation.held(kit.number) h ON h.place = k.from_place
      WHERE k.kind = NEW.kind AND (NEW.bottle = '' OR h.bottle = NEW.bottle) AND h.units > 0
      ORDER BY h.strength_mg, h.bottle, k.from_place
    LOOP
      taken := least(line.units, coalesce(wanted, line.units));
      CONTINUE WHEN taken = 0;
      INSERT INTO allocation.movement (site_id, unit_id, number, kind, from_place, to_place, units, kit_number, bottle,
        kit_movement_id, handler_id, witness_id, recorded_at)
      VALUES (kit.site_id, line.unit_id, 1, NEW.kind, line.from_place, line.to_place, taken, kit.number, line.bottle,
        NEW.id, NEW.recorded_by_id, NEW.witness_id, NEW.recorded_at);
      moved := moved + taken;
      wanted := wanted - taken;
    END LOOP;
  END IF;
  IF wanted > 0 OR (moved = 0 AND NEW.units IS DISTINCT FROM 0) THEN
    RAISE EXCEPTION 'So much is not there' USING ERRCODE = 'VG111';
  END IF;
  PERFORM allocation.set_kit_state(kit.number);
  RETURN NULL;
END $body$;
"""
RECEIVE = """
DROP FUNCTION allocation.receive_shipment(bigint, bigint, jsonb, jsonb, timestamptz);
CREATE FUNCTION allocation.receive_shipment(
  at_site bigint, by_witness bigint, shipment jsonb, kits jsonb, packed jsonb, received_on timestamptz
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['pharmacist'], at_site);
  came bigint;
  received integer;
BEGIN
  INSERT INTO public.pharmacy_shipment
    (public_id, order_form, lowest_c, highest_c, excursion, received_at, witness_id, site_id, recorded_by_id)
  VALUES (shipment ->> 'public_id', shipment ->> 'order_form', (shipment ->> 'lowest_c')::numeric,
          (shipment ->> 'highest_c')::numeric, (shipment ->> 'excursion')::boolean, received_on, by_witness, at_site,
          actor)
  RETURNING id INTO came;
  INSERT INTO public.pharmacy_kit (public_id, number, state, expires_on, shipment_id, site_id, recorded_by_id)
  SELECT a.kit_public_id, a.number, 'quarantined', a.expires_on, came, at_site, actor
  FROM jsonb_to_recordset(kits) AS a(number text, expires_on date, kit_public_id text) ORDER BY a.number;
  GET DIAGNOSTICS received = ROW_COUNT;
  INSERT INTO sealed.kit_content (kit_number, arm, lot, received_by_id)
  SELECT a.number, allocation.seal(a.arm, 'kit_content.arm ' || a.number, 64),
         allocation.seal(a.lot, 'kit_content.lot ' || a.number, 64), actor
  FROM jsonb_to_recordset(kits) AS a(number text, arm text, lot text) ORDER BY a.number;
  INSERT INTO allocation.kit_unit (kit_number, bottle, strength_mg, units)
  SELECT a.number, u.bottle, u.strength_mg, u.units
  FROM jsonb_to_recordset(kits) AS a(number text),
       jsonb_to_recordset(packed) AS u(bottle text, strength_mg numeric, units integer)
  ORDER BY a.number, u.bottle, u.strength_mg;
  INSERT INTO public.pharmacy_kitmovement
    (public_id, kit_id, kind, witness_id, observed_at, bottle, document, note, site_id, recorded_by_id)
  SELECT a.movement_public_id, k.id, 'receipt', by_witness, received_on, '', shipment ->> 'order_form', '', at_site,
         actor
  FROM jsonb_to_recordset(kits) AS a(number text, movement_public_id text)
  JOIN public.pharmacy_kit k ON k.number = a.number ORDER BY a.number;
  IF NOT (shipment ->> 'excursion')::boolean THEN
    INSERT INTO public.pharmacy_kitmovement
      (public_id, kit_id, kind, observed_at, bottle, document, note, site_id, recorded_by_id)
    SELECT a.stored_public_id, k.id, 'store', received_on, '', '', '', at_site, actor
    FROM jsonb_to_recordset(kits) AS a(number text, stored_public_id text)
    JOIN public.pharmacy_kit k ON k.number = a.number ORDER BY a.number;
  END IF;
  RETURN received;
END $body$;
"""
# Each kit is opened once, whatever it is packed with. A lot expires with the first of its kits.
READ = """
CREATE FUNCTION allocation.units_at(at_site bigint)
RETURNS TABLE (unit_id bigint, lot_id bigint, code text, arm text, strength_mg numeric, expires_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  WITH kits AS MATERIALIZED (
    SELECT c.kit_number, c.arm, c.lot AS code, k.expires_on
    FROM allocation.kit_content c JOIN public.pharmacy_kit k ON k.number = c.kit_number
    WHERE c.kit_number IN (SELECT m.kit_number FROM allocation.movement m WHERE m.site_id = at_site)
  ), lots AS MATERIALIZED (
    SELECT x.code, x.arm, x.strength_mg, allocation.lot_number(x.arm, x.code, x.strength_mg) AS lot_id, x.expires_on
    FROM (SELECT n.code, n.arm, u.strength_mg, min(n.expires_on) AS expires_on
          FROM kits n JOIN allocation.kit_unit u ON u.kit_number = n.kit_number GROUP BY 1, 2, 3) x
  )
  SELECT u.id, l.lot_id, l.code, l.arm, l.strength_mg, l.expires_on
  FROM kits n JOIN allocation.kit_unit u ON u.kit_number = n.kit_number
  JOIN lots l ON l.code = n.code AND l.arm = n.arm AND l.strength_mg = u.strength_mg
$body$;

CREATE FUNCTION allocation.balance_at(at_site bigint)
RETURNS TABLE (lot_id bigint, code text, arm text, strength_mg numeric, expires_on date, place text, units integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT n.lot_id, n.code, n.arm, n.strength_mg, n.expires_on, s.place, sum(s.units)::integer
  FROM allocation.units_at(at_site) n JOIN (
    SELECT m.unit_id, m.to_place AS place, m.units FROM allocation.movement m WHERE m.site_id = at_site
    UNION ALL
    SELECT m.unit_id, m.from_place, -m.units FROM allocation.movement m WHERE m.site_id = at_site
  ) s ON s.unit_id = n.unit_id
  GROUP BY 1, 2, 3, 4, 5, 6
$body$;

CREATE OR REPLACE FUNCTION allocation.stock(at_site bigint)
RETURNS TABLE (of_lot bigint, lot_code text, holds_arm text, strength numeric, lot_expires_on date, at_place text,
               in_units integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['pharmacist'], at_site);
  PERFORM audit.log_access('stock by lot', 'site ' || at_site);
  RETURN QUERY SELECT b.* FROM allocation.balance_at(at_site) b ORDER BY b.code, b.arm, b.strength_mg, b.place;
END $body$;

CREATE OR REPLACE FUNCTION allocation.ledger(at_site bigint, of_lot bigint, before_number integer, most integer)
RETURNS TABLE (at_number integer, of_kind text, out_of text, into_place text, in_units integer, on_hand bigint,
               of_kit text, for_bottle text, handler bigint, witness bigint, with_document text,
               happened_on timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['pharmacist'], at_site);
  PERFORM audit.log_access('ledger of a lot', 'site ' || at_site || ', lot ' || of_lot);
  RETURN QUERY
  SELECT w.line::integer, w.kind, w.from_place, w.to_place, w.units, w.balance, w.kit_number, w.bottle, w.handler_id,
         w.witness_id, e.document::text, e.observed_at
  FROM (
    SELECT m.*, row_number() OVER (ORDER BY m.number) AS line,
           sum(CASE WHEN m.to_place IN ('quarantine', 'storage', 'returned') THEN m.units ELSE 0 END
               - CASE WHEN m.from_place IN ('quarantine', 'storage', 'returned') THEN m.units ELSE 0 END)
             OVER (ORDER BY m.number) AS balance
    FROM allocation.movement m JOIN allocation.units_at(at_site) n ON n.unit_id = m.unit_id
    WHERE m.site_id = at_site AND n.lot_id = of_lot
  ) w JOIN public.pharmacy_kitmovement e ON e.id = w.kit_movement_id
  WHERE before_number IS NULL OR w.line < before_number ORDER BY w.line DESC LIMIT most;
END $body$;
"""
COUNT = """
CREATE OR REPLACE FUNCTION allocation.enter_count(of_count bigint, figures jsonb) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  counted record;
  actor bigint;
  entered integer;
BEGIN
  SELECT c.id, c.site_id, c.state INTO counted FROM public.pharmacy_stockcount c WHERE c.id = of_count FOR UPDATE;
  actor := allocation.require_role(ARRAY['pharmacist'], counted.site_id);
  IF counted.id IS NULL OR counted.state <> 'open' OR allocation.is_counted(of_count) THEN
    RAISE EXCEPTION 'The count is not open' USING ERRCODE = 'VG112';
  END IF;
  IF EXISTS (SELECT 1 FROM public.pharmacy_secondcount s WHERE s.stock_count_id = of_count AND s.recorded_by_id = actor)
  THEN
    RAISE EXCEPTION 'Two people count' USING ERRCODE = 'VG113';
  END IF;
  IF EXISTS (SELECT 1 FROM jsonb_to_recordset(figures) AS f(lot bigint, units integer)
             WHERE f.units IS NULL OR f.units < 0) THEN
    RAISE EXCEPTION 'A figure is no number of capsules' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO sealed.count_figure (stock_count_id, figure, counted_by_id)
  SELECT of_count, allocation.seal(jsonb_build_object(
           'lot', n.lot_id, 'code', n.code, 'arm', n.arm, 'strength_mg', n.strength_mg, 'units', f.units,
           'expected', n.units)::text, 'count_figure.figure ' || of_count, 256), actor
  FROM (
    SELECT b.lot_id, b.code, b.arm, b.strength_mg,
           sum(b.units) FILTER (WHERE b.place IN ('quarantine', 'storage', 'returned')) AS units
    FROM allocation.balance_at(counted.site_id) b GROUP BY 1, 2, 3, 4
  ) n JOIN (SELECT DISTINCT ON (f.lot) f.lot, f.units FROM jsonb_to_recordset(figures) AS f(lot bigint, units integer)
            ORDER BY f.lot) f ON f.lot = n.lot_id ORDER BY n.lot_id;
  GET DIAGNOSTICS entered = ROW_COUNT;
  IF entered <> (SELECT count(DISTINCT b.lot_id) FROM allocation.balance_at(counted.site_id) b) THEN
    RAISE EXCEPTION 'Each lot is counted' USING ERRCODE = 'VG114';
  END IF;
  RETURN entered;
END $body$;

CREATE OR REPLACE FUNCTION allocation.is_counted(of_count bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
  SELECT EXISTS (SELECT 1 FROM sealed.count_figure f WHERE f.stock_count_id = of_count)
$body$;

CREATE OR REPLACE FUNCTION allocation.close_count(
  of_count bigint, case_public_id text, closed_on timestamptz, due_on timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  counted record;
  actor bigint;
  agrees boolean;
BEGIN
  SELECT c.id, c.site_id, c.state, s.by_strength, s.recorded_by_id AS second_id INTO counted
  FROM public.pharmacy_stockcount c JOIN public.pharmacy_secondcount s ON s.stock_count_id = c.id
  WHERE c.id = of_count FOR UPDATE OF c;
  actor := allocation.require_role(ARRAY['pharmacist'], counted.site_id);
  IF counted.id IS NULL OR NOT allocation.is_counted(of_count) THEN
    RAISE EXCEPTION 'Both people count first' USING ERRCODE = 'VG115';
  END IF;
  IF counted.state <> 'open' THEN RETURN counted.state; END IF;
  IF EXISTS (SELECT 1 FROM sealed.count_figure f
             WHERE f.stock_count_id = of_count AND f.counted_by_id = counted.second_id) THEN
    RAISE EXCEPTION 'Two people count' USING ERRCODE = 'VG113';
  END IF;
  WITH figures AS MATERIALIZED (
    SELECT r.strength_mg, r.units, r.expected
    FROM allocation.count_figure f,
         jsonb_to_record(f.figure) AS r(strength_mg numeric, units integer, expected integer)
    WHERE f.stock_count_id = of_count
  )
  SELECT coalesce(bool_and(n.units = n.expected) AND counted.by_strength = (
    SELECT jsonb_agg(s.units ORDER BY s.strength_mg)
    FROM (SELECT f.strength_mg, sum(f.units) AS units FROM figures f GROUP BY 1) s), false)
  INTO agrees FROM figures n;
  UPDATE public.pharmacy_stockcount SET state = CASE WHEN agrees THEN 'agreed' ELSE 'differs' END, closed_at = closed_on
  WHERE id = of_count;
  IF NOT agrees THEN
    INSERT INTO public.pharmacy_discrepancy
      (public_id, stock_count_id, state, cause, opened_at, due_at, site_id, recorded_by_id)
    VALUES (case_public_id, of_count, 'open', '', closed_on, due_on, counted.site_id, actor);
  END IF;
  RETURN CASE WHEN agrees THEN 'agreed' ELSE 'differs' END;
END $body$;

CREATE OR REPLACE FUNCTION allocation.count_result(of_count bigint)
RETURNS TABLE (of_lot bigint, lot_code text, holds_arm text, strength numeric, counted integer, in_books integer,
               counted_by bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  closed record;
BEGIN
  SELECT c.site_id, c.state INTO closed FROM public.pharmacy_stockcount c WHERE c.id = of_count;
  PERFORM allocation.require_role(ARRAY['pharmacist'], closed.site_id);
  PERFORM audit.log_access('result of a count', of_count::text);
  RETURN QUERY
  SELECT r.lot, r.code, r.arm, r.strength_mg, r.units, r.expected, f.counted_by_id
  FROM allocation.count_figure f, jsonb_to_record(f.figure)
    AS r(lot bigint, code text, arm text, strength_mg numeric, units integer, expected integer)
  WHERE f.stock_count_id = of_count AND closed.state <> 'open' ORDER BY r.code, r.arm, r.strength_mg;
END $body$;
"""


class Migration(migrations.Migration):
    """The ledger says what was moved, and not which kits are of one lot."""

    dependencies = [("pharmacy", "0008_sealed_writers")]
    operations = [
        migrations.RunPython(lend_key, migrations.RunPython.noop),
        migrations.RunSQL(
            [COUNT_FIGURES, BY_UNIT, POST, KIT, RECEIVE, READ, COUNT], reverse_sql=migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA allocation FROM PUBLIC;", reverse_sql=migrations.RunSQL.noop
        ),
        grant_function(
            "allocation.receive_shipment(bigint, bigint, jsonb, jsonb, jsonb, timestamptz)",
            login=settings.UNBLINDED_LOGIN,
        ),
    ]
