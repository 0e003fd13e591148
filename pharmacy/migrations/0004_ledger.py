"""Builds the ledger: every capsule by lot and strength, moved from one place to another and never out of nothing.

What happens to a kit is written by the runtime, which does not know what the kit holds. A trigger posts it here by lot
and strength, in the same transaction: the blinded journal and the unblinded ledger cannot part. A movement debits one
place and credits another. Only the supplier's place may fall below zero: it is where everything comes from.
"""

from django.conf import settings
from django.db import migrations

from core.guard import audit_table, grant_function

# (kind, from, to): nothing else can be written. Reversals go the way back.
KINDS = (
    ("receipt", "supplier", "quarantine"),
    ("store", "quarantine", "storage"),
    ("quarantine", "storage", "quarantine"),
    ("dispense", "storage", "dispensed"),
    ("return", "dispensed", "returned"),
    ("waste", "storage", "waste"),
    ("waste", "quarantine", "waste"),
    ("destroy", "storage", "destroyed"),
    ("destroy", "quarantine", "destroyed"),
    ("destroy", "returned", "destroyed"),
    ("transfer", "storage", "transferred"),
    ("transfer", "quarantine", "transferred"),
    ("loss", "storage", "lost"),
    ("loss", "quarantine", "lost"),
    ("loss", "returned", "lost"),
)
REVERSALS = tuple(
    ("reversal", to_place, from_place)
    for kind, from_place, to_place in KINDS
    if kind not in ("receipt", "dispense", "return", "store", "quarantine")
)

TABLES = """
CREATE TABLE allocation.movement_kind (
  kind text NOT NULL,
  from_place text NOT NULL,
  to_place text NOT NULL,
  PRIMARY KEY (kind, from_place, to_place)
);
INSERT INTO allocation.movement_kind VALUES {kinds};

CREATE TABLE allocation.lot (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL CHECK (btrim(code) <> ''),
  arm text NOT NULL,
  strength_mg numeric NOT NULL CHECK (strength_mg > 0),
  expires_on date NOT NULL,
  UNIQUE (code, arm, strength_mg)
);

CREATE TABLE allocation.kit_unit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kit_number text NOT NULL REFERENCES public.pharmacy_kit (number),
  bottle text NOT NULL,
  lot_id bigint NOT NULL REFERENCES allocation.lot (id),
  units integer NOT NULL CHECK (units > 0),
  UNIQUE (kit_number, bottle, lot_id)
);

CREATE TABLE allocation.movement (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id bigint NOT NULL REFERENCES public.trials_site (id),
  lot_id bigint NOT NULL REFERENCES allocation.lot (id),
  number integer NOT NULL CHECK (number > 0),
  kind text NOT NULL,
  from_place text NOT NULL,
  to_place text NOT NULL,
  units integer NOT NULL CHECK (units > 0),
  kit_number text NOT NULL REFERENCES public.pharmacy_kit (number),
  bottle text NOT NULL,
  kit_movement_id bigint NOT NULL REFERENCES public.pharmacy_kitmovement (id),
  handler_id bigint NOT NULL REFERENCES public.core_person (id),
  witness_id bigint REFERENCES public.core_person (id),
  reverses_id bigint UNIQUE REFERENCES allocation.movement (id),
  recorded_at timestamptz NOT NULL,
  UNIQUE (site_id, lot_id, number),
  FOREIGN KEY (kind, from_place, to_place) REFERENCES allocation.movement_kind,
  CONSTRAINT two_different_people CHECK (witness_id <> handler_id),
  CONSTRAINT two_people_where_the_rule_says_so CHECK (kind IN ('store', 'quarantine') OR witness_id IS NOT NULL),
  CONSTRAINT reversal_names_its_movement CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL))
);
CREATE INDEX movement_of_kit ON allocation.movement (kit_number);
CREATE INDEX movement_of_entry ON allocation.movement (kit_movement_id);

CREATE TABLE allocation.balance (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id bigint NOT NULL REFERENCES public.trials_site (id),
  lot_id bigint NOT NULL REFERENCES allocation.lot (id),
  place text NOT NULL,
  units integer NOT NULL,
  UNIQUE (site_id, lot_id, place),
  CONSTRAINT balance_is_never_negative CHECK (place = 'supplier' OR units >= 0)
);

CREATE TABLE allocation.count_figure (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stock_count_id bigint NOT NULL REFERENCES public.pharmacy_stockcount (id),
  lot_id bigint NOT NULL REFERENCES allocation.lot (id),
  units integer NOT NULL CHECK (units >= 0),
  expected integer NOT NULL,
  counted_by_id bigint NOT NULL REFERENCES public.core_person (id),
  UNIQUE (stock_count_id, lot_id)
);

CREATE TABLE allocation.discrepancy_note (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  discrepancy_id bigint NOT NULL REFERENCES public.pharmacy_discrepancy (id),
  note text NOT NULL CHECK (btrim(note) <> ''),
  noted_by_id bigint NOT NULL REFERENCES public.core_person (id),
  noted_at timestamptz NOT NULL
);
""".format(
    kinds=", ".join(
        f"('{kind}', '{source}', '{target}')" for kind, source, target in (*KINDS, *dict.fromkeys(REVERSALS))
    )
)
# One lock for each lot of a site: its movements have numbers without a gap, in the order in which they were posted.
POST = """
CREATE FUNCTION allocation.post_movement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('lot ' || NEW.lot_id || ' at ' || NEW.site_id, 0));
  NEW.number := 1 + coalesce(
    (SELECT max(m.number) FROM allocation.movement m WHERE m.site_id = NEW.site_id AND m.lot_id = NEW.lot_id), 0);
  NEW.recorded_at := clock.now();
  INSERT INTO allocation.balance (site_id, lot_id, place, units)
  SELECT NEW.site_id, NEW.lot_id, p.place, 0 FROM unnest(ARRAY[NEW.from_place, NEW.to_place]) AS p(place)
  ON CONFLICT (site_id, lot_id, place) DO NOTHING;
  UPDATE allocation.balance b
  SET units = b.units + CASE WHEN b.place = NEW.to_place THEN NEW.units ELSE -NEW.units END
  WHERE b.site_id = NEW.site_id AND b.lot_id = NEW.lot_id AND b.place IN (NEW.from_place, NEW.to_place);
  RETURN NEW;
END $body$;
CREATE TRIGGER movement_posted BEFORE INSERT ON allocation.movement
  FOR EACH ROW EXECUTE FUNCTION allocation.post_movement();
ALTER TABLE allocation.movement ENABLE ALWAYS TRIGGER movement_posted;
"""
KEPT = "".join(
    f"""
CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON allocation.{table}
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.{table} ENABLE ALWAYS TRIGGER {table}_kept;
"""
    for table in ("lot", "kit_unit", "movement", "movement_kind", "count_figure", "discrepancy_note")
)
KIT = """
CREATE FUNCTION allocation.held(of_kit text) RETURNS TABLE (bottle text, lot_id bigint, place text, units integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
  SELECT s.bottle, s.lot_id, s.place, sum(s.units)::integer
  FROM (
    SELECT u.bottle, u.lot_id, 'supplier' AS place, u.units FROM allocation.kit_unit u WHERE u.kit_number = of_kit
    UNION ALL
    SELECT m.bottle, m.lot_id, m.to_place, m.units FROM allocation.movement m WHERE m.kit_number = of_kit
    UNION ALL
    SELECT m.bottle, m.lot_id, m.from_place, -m.units FROM allocation.movement m WHERE m.kit_number = of_kit
  ) s GROUP BY s.bottle, s.lot_id, s.place
$body$;

CREATE FUNCTION allocation.set_kit_state(of_kit text) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
  WITH sums AS (
    SELECT coalesce(sum(h.units) FILTER (WHERE h.place = 'quarantine'), 0) AS held_back,
           coalesce(sum(h.units) FILTER (WHERE h.place = 'storage'), 0) AS stored,
           coalesce(sum(h.units) FILTER (WHERE h.place IN ('dispensed', 'returned')), 0) AS given,
           sum(h.units) AS packed
    FROM allocation.held(of_kit) h
  ), now_is AS (
    SELECT k.id, CASE
      WHEN s.held_back > 0 THEN 'quarantined'
      WHEN s.stored = 0 AND s.given = 0 THEN 'withdrawn'
      WHEN k.participant_id IS NOT NULL THEN 'assigned'
      -- A kit from which something is missing is never given to anybody.
      WHEN s.stored < s.packed THEN 'quarantined'
      ELSE 'in_stock' END AS state
    FROM public.pharmacy_kit k, sums s WHERE k.number = of_kit
  )
  UPDATE public.pharmacy_kit k SET state = n.state FROM now_is n WHERE k.id = n.id AND k.state <> n.state
$body$;

CREATE FUNCTION allocation.post_kit_movement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
    INSERT INTO allocation.movement (site_id, lot_id, number, kind, from_place, to_place, units, kit_number, bottle,
      kit_movement_id, handler_id, witness_id, reverses_id, recorded_at)
    SELECT m.site_id, m.lot_id, 1, 'reversal', m.to_place, m.from_place, m.units, m.kit_number, m.bottle,
           NEW.id, NEW.recorded_by_id, NEW.witness_id, m.id, NEW.recorded_at
    FROM allocation.movement m WHERE m.kit_movement_id = NEW.reverses_id ORDER BY m.lot_id, m.id;
    GET DIAGNOSTICS moved = ROW_COUNT;
  ELSE
    FOR line IN
      SELECT k.from_place, k.to_place, h.bottle, h.lot_id, h.units
      FROM allocation.movement_kind k JOIN allocation.held(kit.number) h ON h.place = k.from_place
      WHERE k.kind = NEW.kind AND (NEW.bottle = '' OR h.bottle = NEW.bottle) AND h.units > 0
      ORDER BY h.lot_id, h.bottle, k.from_place
    LOOP
      taken := least(line.units, coalesce(wanted, line.units));
      CONTINUE WHEN taken = 0;
      INSERT INTO allocation.movement (site_id, lot_id, number, kind, from_place, to_place, units, kit_number, bottle,
        kit_movement_id, handler_id, witness_id, recorded_at)
      VALUES (kit.site_id, line.lot_id, 1, NEW.kind, line.from_place, line.to_place, taken, kit.number, line.bottle,
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
CREATE TRIGGER pharmacy_kitmovement_posted AFTER INSERT ON public.pharmacy_kitmovement
  FOR EACH ROW EXECUTE FUNCTION allocation.post_kit_movement();
ALTER TABLE public.pharmacy_kitmovement ENABLE ALWAYS TRIGGER pharmacy_kitmovement_posted;
"""
RECEIVE = """
CREATE FUNCTION allocation.receive_shipment(
  at_site bigint, by_witness bigint, shipment jsonb, kits jsonb, received_on timestamptz
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
  INSERT INTO allocation.kit_content (kit_number, arm, lot, received_by_id)
  SELECT a.number, a.arm, a.lot, actor
  FROM jsonb_to_recordset(kits) AS a(number text, arm text, lot text) ORDER BY a.number;
  INSERT INTO allocation.lot (code, arm, strength_mg, expires_on)
  SELECT a.lot, a.arm, u.strength_mg, min(a.expires_on)
  FROM jsonb_to_recordset(kits) AS a(arm text, lot text, expires_on date, units jsonb),
       jsonb_to_recordset(a.units) AS u(strength_mg numeric)
  GROUP BY a.lot, a.arm, u.strength_mg ORDER BY a.lot, a.arm, u.strength_mg
  ON CONFLICT (code, arm, strength_mg) DO NOTHING;
  INSERT INTO allocation.kit_unit (kit_number, bottle, lot_id, units)
  SELECT a.number, u.bottle, l.id, u.units
  FROM jsonb_to_recordset(kits) AS a(number text, arm text, lot text, units jsonb),
       jsonb_to_recordset(a.units) AS u(bottle text, strength_mg numeric, units integer)
  JOIN allocation.lot l ON true
  WHERE l.code = a.lot AND l.arm = a.arm AND l.strength_mg = u.strength_mg ORDER BY a.number, u.bottle;
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
READ = """
CREATE FUNCTION allocation.contents(at_site bigint)
RETURNS TABLE (of_kit text, holds_arm text, of_lot text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['pharmacist'], at_site);
  PERFORM audit.log_access('kit contents', 'site ' || at_site);
  RETURN QUERY
  SELECT c.kit_number, c.arm, c.lot
  FROM allocation.kit_content c JOIN public.pharmacy_kit k ON k.number = c.kit_number
  WHERE k.site_id = at_site ORDER BY c.kit_number;
END $body$;
CREATE FUNCTION allocation.stock(at_site bigint)
RETURNS TABLE (of_lot bigint, lot_code text, holds_arm text, strength numeric, lot_expires_on date, at_place text,
               in_units integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['pharmacist'], at_site);
  PERFORM audit.log_access('stock by lot', 'site ' || at_site);
  RETURN QUERY
  SELECT l.id, l.code, l.arm, l.strength_mg, l.expires_on, b.place, b.units
  FROM allocation.balance b JOIN allocation.lot l ON l.id = b.lot_id
  WHERE b.site_id = at_site ORDER BY l.code, l.arm, l.strength_mg, b.place;
END $body$;

CREATE FUNCTION allocation.ledger(at_site bigint, of_lot bigint, before_number integer, most integer)
RETURNS TABLE (at_number integer, of_kind text, out_of text, into_place text, in_units integer, on_hand bigint,
               of_kit text, for_bottle text, handler bigint, witness bigint, with_document text,
               happened_on timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['pharmacist'], at_site);
  PERFORM audit.log_access('ledger of a lot', 'site ' || at_site || ', lot ' || of_lot);
  RETURN QUERY
  SELECT w.number, w.kind, w.from_place, w.to_place, w.units, w.balance, w.kit_number, w.bottle, w.handler_id,
         w.witness_id, e.document::text, e.observed_at
  FROM (
    SELECT m.*, sum(CASE WHEN m.to_place IN ('quarantine', 'storage', 'returned') THEN m.units ELSE 0 END
                    - CASE WHEN m.from_place IN ('quarantine', 'storage', 'returned') THEN m.units ELSE 0 END)
                OVER (ORDER BY m.number) AS balance
    FROM allocation.movement m WHERE m.site_id = at_site AND m.lot_id = of_lot
  ) w JOIN public.pharmacy_kitmovement e ON e.id = w.kit_movement_id
  WHERE before_number IS NULL OR w.number < before_number ORDER BY w.number DESC LIMIT most;
END $body$;
"""
COUNT = """
CREATE FUNCTION allocation.enter_count(of_count bigint, figures jsonb) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  counted record;
  actor bigint;
  entered integer;
BEGIN
  SELECT c.id, c.site_id, c.state INTO counted FROM public.pharmacy_stockcount c WHERE c.id = of_count FOR UPDATE;
  actor := allocation.require_role(ARRAY['pharmacist'], counted.site_id);
  IF counted.id IS NULL OR counted.state <> 'open'
     OR EXISTS (SELECT 1 FROM allocation.count_figure f WHERE f.stock_count_id = of_count) THEN
    RAISE EXCEPTION 'The count is not open' USING ERRCODE = 'VG112';
  END IF;
  IF EXISTS (SELECT 1 FROM public.pharmacy_secondcount s WHERE s.stock_count_id = of_count AND s.recorded_by_id = actor)
  THEN
    RAISE EXCEPTION 'Two people count' USING ERRCODE = 'VG113';
  END IF;
  INSERT INTO allocation.count_figure (stock_count_id, lot_id, units, expected, counted_by_id)
  SELECT of_count, n.lot_id, f.units, n.units, actor
  FROM (
    SELECT b.lot_id, sum(b.units) FILTER (WHERE b.place IN ('quarantine', 'storage', 'returned')) AS units
    FROM allocation.balance b WHERE b.site_id = counted.site_id GROUP BY b.lot_id
  ) n JOIN jsonb_to_recordset(figures) AS f(lot bigint, units integer) ON f.lot = n.lot_id ORDER BY n.lot_id;
  GET DIAGNOSTICS entered = ROW_COUNT;
  IF entered <> (SELECT count(DISTINCT b.lot_id) FROM allocation.balance b WHERE b.site_id = counted.site_id) THEN
    RAISE EXCEPTION 'Each lot is counted' USING ERRCODE = 'VG114';
  END IF;
  RETURN entered;
END $body$;

CREATE FUNCTION allocation.is_counted(of_count bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
  SELECT EXISTS (SELECT 1 FROM allocation.count_figure f WHERE f.stock_count_id = of_count)
$body$;

CREATE FUNCTION allocation.close_count(
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
  IF EXISTS (SELECT 1 FROM allocation.count_figure f
             WHERE f.stock_count_id = of_count AND f.counted_by_id = counted.second_id) THEN
    RAISE EXCEPTION 'Two people count' USING ERRCODE = 'VG113';
  END IF;
  agrees := NOT EXISTS (SELECT 1 FROM allocation.count_figure f
                        WHERE f.stock_count_id = of_count AND f.units <> f.expected)
    AND counted.by_strength = (
      SELECT jsonb_agg(n.units ORDER BY n.strength_mg) FROM (
        SELECT l.strength_mg, sum(f.units) AS units FROM allocation.count_figure f
        JOIN allocation.lot l ON l.id = f.lot_id WHERE f.stock_count_id = of_count GROUP BY l.strength_mg) n);
  UPDATE public.pharmacy_stockcount SET state = CASE WHEN agrees THEN 'agreed' ELSE 'differs' END, closed_at = closed_on
  WHERE id = of_count;
  IF NOT agrees THEN
    INSERT INTO public.pharmacy_discrepancy
      (public_id, stock_count_id, state, cause, opened_at, due_at, site_id, recorded_by_id)
    VALUES (case_public_id, of_count, 'open', '', closed_on, due_on, counted.site_id, actor);
  END IF;
  RETURN CASE WHEN agrees THEN 'agreed' ELSE 'differs' END;
END $body$;

CREATE FUNCTION allocation.count_result(of_count bigint)
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
  SELECT l.id, l.code, l.arm, l.strength_mg, f.units, f.expected, f.counted_by_id
  FROM allocation.count_figure f JOIN allocation.lot l ON l.id = f.lot_id
  WHERE f.stock_count_id = of_count AND closed.state <> 'open' ORDER BY l.code, l.arm, l.strength_mg;
END $body$;

CREATE FUNCTION allocation.note_discrepancy(of_case bigint, with_note text, noted_on timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint;
  noted bigint;
BEGIN
  actor := allocation.require_role(
    ARRAY['pharmacist'], (SELECT d.site_id FROM public.pharmacy_discrepancy d WHERE d.id = of_case));
  INSERT INTO allocation.discrepancy_note (discrepancy_id, note, noted_by_id, noted_at)
  VALUES (of_case, with_note, actor, noted_on) RETURNING id INTO noted;
  RETURN noted;
END $body$;

CREATE FUNCTION allocation.notes_of(of_case bigint)
RETURNS TABLE (with_note text, noted_by bigint, noted_on timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(
    ARRAY['pharmacist'], (SELECT d.site_id FROM public.pharmacy_discrepancy d WHERE d.id = of_case));
  RETURN QUERY SELECT n.note, n.noted_by_id, n.noted_at FROM allocation.discrepancy_note n
  WHERE n.discrepancy_id = of_case ORDER BY n.id;
END $body$;
"""
UNBLINDED_MAY_CALL = (
    "allocation.receive_shipment(bigint, bigint, jsonb, jsonb, timestamptz)",
    "allocation.contents(bigint)",
    "allocation.stock(bigint)",
    "allocation.ledger(bigint, bigint, integer, integer)",
    "allocation.enter_count(bigint, jsonb)",
    "allocation.is_counted(bigint)",
    "allocation.close_count(bigint, text, timestamptz, timestamptz)",
    "allocation.count_result(bigint)",
    "allocation.note_discrepancy(bigint, text, timestamptz)",
    "allocation.notes_of(bigint)",
)


class Migration(migrations.Migration):
    """The journal of the kits is a double-entry ledger by lot and strength."""

    dependencies = [("pharmacy", "0003_allocation")]
    operations = [
        migrations.RunSQL([TABLES, POST, KEPT, KIT, RECEIVE, READ, COUNT], reverse_sql=migrations.RunSQL.noop),
        *(
            audit_table(table, schema="allocation")
            for table in ("lot", "kit_unit", "movement", "count_figure", "discrepancy_note")
        ),
        migrations.RunSQL(
            "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA allocation FROM PUBLIC;", reverse_sql=migrations.RunSQL.noop
        ),
        *(grant_function(signature, login=settings.UNBLINDED_LOGIN) for signature in UNBLINDED_MAY_CALL),
    ]
