"""Builds the unblinded side: the sealed list, what the kits contain, and the few functions that may be called.

No login but the owner has a right on a table here. The runtime may call `allocate`, which answers a number and a kit;
the unblinded login may call the others, which check in the database who acts. The answer depends on the arm in nothing
but the kit's number, and the kit is drawn so that the number says nothing.
"""

from django.conf import settings
from django.db import migrations

from core.guard import audit_table, grant_function

TABLES = """
CREATE TABLE allocation.list (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trial_id bigint NOT NULL REFERENCES public.trials_trial (id),
  protocol_version_id bigint NOT NULL REFERENCES public.trials_protocolversion (id),
  seed text NOT NULL CHECK (length(seed) >= 16),
  ratio jsonb NOT NULL,
  block_sizes jsonb NOT NULL,
  made_by_id bigint NOT NULL REFERENCES public.core_person (id),
  made_at timestamptz NOT NULL,
  sealed_at timestamptz
);
CREATE UNIQUE INDEX list_sealed_once ON allocation.list (trial_id) WHERE sealed_at IS NOT NULL;

CREATE TABLE allocation.slot (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  list_id bigint NOT NULL REFERENCES allocation.list (id),
  stratum text NOT NULL,
  position integer NOT NULL CHECK (position >= 1),
  block integer NOT NULL CHECK (block >= 1),
  arm text NOT NULL,
  randomisation_number text NOT NULL,
  participant_id bigint UNIQUE REFERENCES public.patients_participant (id),
  kit_number text UNIQUE REFERENCES public.pharmacy_kit (number),
  allocated_at timestamptz,
  UNIQUE (list_id, stratum, position),
  UNIQUE (list_id, randomisation_number),
  CHECK (num_nulls(participant_id, kit_number, allocated_at) IN (0, 3))
);
CREATE INDEX slot_free ON allocation.slot (list_id, stratum, position) WHERE participant_id IS NULL;

CREATE TABLE allocation.kit_content (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kit_number text NOT NULL UNIQUE REFERENCES public.pharmacy_kit (number),
  arm text NOT NULL,
  lot text NOT NULL,
  received_by_id bigint NOT NULL REFERENCES public.core_person (id)
);

CREATE TABLE allocation.reveal_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  participant_id bigint NOT NULL REFERENCES public.patients_participant (id),
  actor_id bigint NOT NULL REFERENCES public.core_person (id),
  reason text NOT NULL CHECK (btrim(reason) <> ''),
  transaction_id xid8 NOT NULL,
  asked_at timestamptz NOT NULL,
  logged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

# A sealed list changes in one way only: a free slot is taken, once.
SEAL = """
CREATE FUNCTION allocation.keep_list_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  IF OLD.sealed_at IS NOT NULL THEN
    RAISE EXCEPTION 'The allocation list is sealed' USING ERRCODE = 'VG106';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $body$;
CREATE TRIGGER list_sealed BEFORE UPDATE OR DELETE ON allocation.list
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_list_sealed();
ALTER TABLE allocation.list ENABLE ALWAYS TRIGGER list_sealed;

CREATE FUNCTION allocation.keep_slot_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
DECLARE
  of_list bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.list_id ELSE OLD.list_id END;
  sealed boolean := (SELECT l.sealed_at IS NOT NULL FROM allocation.list l WHERE l.id = of_list);
BEGIN
  IF TG_OP = 'UPDATE' AND sealed AND OLD.participant_id IS NULL
     AND ROW(NEW.list_id, NEW.stratum, NEW.position, NEW.block, NEW.arm, NEW.randomisation_number)
       = ROW(OLD.list_id, OLD.stratum, OLD.position, OLD.block, OLD.arm, OLD.randomisation_number) THEN
    RETURN NEW;
  END IF;
  IF sealed OR TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'The allocation list is sealed' USING ERRCODE = 'VG106';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $body$;
CREATE TRIGGER slot_sealed BEFORE INSERT OR UPDATE OR DELETE ON allocation.slot
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_slot_sealed();
ALTER TABLE allocation.slot ENABLE ALWAYS TRIGGER slot_sealed;

CREATE FUNCTION allocation.keep_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
BEGIN
  RAISE EXCEPTION 'A row of % is never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $body$;
CREATE TRIGGER reveal_log_kept BEFORE UPDATE OR DELETE ON allocation.reveal_log
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.reveal_log ENABLE ALWAYS TRIGGER reveal_log_kept;
CREATE TRIGGER kit_content_kept BEFORE UPDATE OR DELETE ON allocation.kit_content
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.kit_content ENABLE ALWAYS TRIGGER kit_content_kept;
"""

WHO = """
CREATE FUNCTION allocation.require_role(wanted text[], at_site bigint) RETURNS bigint LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := nullif(current_setting('app.actor', true), '')::bigint;
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM public.core_membership m JOIN public.core_person p ON p.id = m.person_id AND p.is_active
    WHERE m.person_id = actor AND m.role = ANY (wanted)
      AND (at_site IS NULL OR m.site_id IS NULL OR m.site_id = at_site)
      AND m.starts_at <= clock.now() AND (m.ends_at IS NULL OR m.ends_at > clock.now())
  ) THEN
    RAISE EXCEPTION 'This is not open to the acting person' USING ERRCODE = 'VG105';
  END IF;
  RETURN actor;
END $body$;
"""

# A lower kit number, or an earlier expiry, must not be passed over because of its content: that would tell what the
# skipped kits are. So the kit is drawn by a keyed digest, and nothing is given out unless every arm has a kit.
ALLOCATE = """
CREATE FUNCTION allocation.allocate(of_participant bigint, in_stratum text, allocated_on timestamptz)
RETURNS TABLE (answered_number text, answered_kit text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET lock_timeout = '12s' AS $body$
DECLARE
  person record;
  sealed record;
  free record;
  drawn record;
  arms_in_stock integer;
  arms_in_list integer;
BEGIN
  SELECT p.id, p.status, p.site_id, s.trial_id, (allocated_on AT TIME ZONE s.zone)::date AS today INTO person
  FROM public.patients_participant p JOIN public.trials_site s ON s.id = p.site_id
  WHERE p.id = of_participant AND p.site_id = ANY ((SELECT audit.visible_sites())::bigint[]);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no such participant at the sites of the acting person' USING ERRCODE = 'VG104';
  END IF;
  SELECT l.id, l.seed, l.ratio INTO sealed FROM allocation.list l
  WHERE l.trial_id = person.trial_id AND l.sealed_at IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no sealed list' USING ERRCODE = 'VG101';
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('allocation ' || sealed.id || ' ' || in_stratum, 0));
  RETURN QUERY SELECT t.randomisation_number, t.kit_number FROM allocation.slot t WHERE t.participant_id = person.id;
  IF FOUND THEN RETURN; END IF;
  IF person.status <> 'enrolled' THEN
    RAISE EXCEPTION 'The participant is not enrolled' USING ERRCODE = 'VG107';
  END IF;

  SELECT t.id, t.arm, t.randomisation_number INTO free FROM allocation.slot t
  WHERE t.list_id = sealed.id AND t.stratum = in_stratum AND t.participant_id IS NULL
  ORDER BY t.position LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no slot left in the stratum' USING ERRCODE = 'VG102';
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('kits of site ' || person.site_id, 0));
  SELECT count(DISTINCT c.arm) INTO arms_in_stock
  FROM public.pharmacy_kit k JOIN allocation.kit_content c ON c.kit_number = k.number
  WHERE k.site_id = person.site_id AND k.state = 'in_stock' AND k.expires_on > person.today;
  SELECT count(*) INTO arms_in_list FROM jsonb_object_keys(sealed.ratio);
  SELECT k.id, k.number INTO drawn
  FROM public.pharmacy_kit k JOIN allocation.kit_content c ON c.kit_number = k.number AND c.arm = free.arm
  WHERE k.site_id = person.site_id AND k.state = 'in_stock' AND k.expires_on > person.today
  ORDER BY sha256(convert_to(sealed.seed || free.randomisation_number || k.number, 'UTF8')) LIMIT 1
  FOR UPDATE OF k;
  IF drawn.id IS NULL OR arms_in_stock < arms_in_list THEN
    RAISE EXCEPTION 'No kit can be given at the site' USING ERRCODE = 'VG103';
  END IF;

  UPDATE allocation.slot SET participant_id = person.id, kit_number = drawn.number, allocated_at = allocated_on
  WHERE id = free.id;
  UPDATE public.pharmacy_kit SET state = 'assigned', participant_id = person.id WHERE id = drawn.id;
  RETURN QUERY SELECT free.randomisation_number::text, drawn.number::text;
END $body$;
"""

LISTS = """
CREATE FUNCTION allocation.digest_of(of_list bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
  SELECT encode(sha256(convert_to(
    l.seed || E'\\n' || string_agg(
      concat_ws(E'\\t', t.stratum, t.position, t.block, t.arm, t.randomisation_number), E'\\n'
      ORDER BY t.stratum COLLATE "C", t.position), 'UTF8')), 'hex')
  FROM allocation.list l JOIN allocation.slot t ON t.list_id = l.id WHERE l.id = of_list GROUP BY l.seed
$body$;

CREATE FUNCTION allocation.make_list(
  of_trial bigint, of_version bigint, with_seed text, with_ratio jsonb, with_sizes jsonb, slots jsonb,
  made_on timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint;
BEGIN
  IF EXISTS (SELECT 1 FROM allocation.list l WHERE l.trial_id = of_trial AND l.sealed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'The allocation list is sealed' USING ERRCODE = 'VG106';
  END IF;
  INSERT INTO allocation.list (trial_id, protocol_version_id, seed, ratio, block_sizes, made_by_id, made_at)
  VALUES (of_trial, of_version, with_seed, with_ratio, with_sizes, actor, made_on) RETURNING id INTO made;
  INSERT INTO allocation.slot (list_id, stratum, position, block, arm, randomisation_number)
  SELECT made, s.stratum, s.position, s.block, s.arm, s.randomisation_number
  FROM jsonb_to_recordset(slots)
    AS s(stratum text, position integer, block integer, arm text, randomisation_number text)
  ORDER BY s.stratum COLLATE "C", s.position;
  RETURN made;
END $body$;

CREATE FUNCTION allocation.seal_list(
  of_list bigint, shown_digest text, public_id text, with_method text, sealed_on timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  draft record;
  made bigint;
BEGIN
  SELECT * INTO draft FROM allocation.list l WHERE l.id = of_list FOR UPDATE;
  IF NOT FOUND OR draft.sealed_at IS NOT NULL
     OR EXISTS (SELECT 1 FROM public.pharmacy_allocationlist a WHERE a.trial_id = draft.trial_id) THEN
    RAISE EXCEPTION 'The allocation list is sealed' USING ERRCODE = 'VG106';
  END IF;
  IF allocation.digest_of(of_list) IS DISTINCT FROM shown_digest THEN
    RAISE EXCEPTION 'The list is not the one that was shown' USING ERRCODE = 'VG108';
  END IF;
  UPDATE allocation.list SET sealed_at = sealed_on WHERE id = of_list;
  INSERT INTO public.pharmacy_allocationlist
    (public_id, trial_id, protocol_version_id, method, strata, digest, sealed_at, recorded_by_id)
  SELECT public_id, draft.trial_id, draft.protocol_version_id, with_method,
         (SELECT jsonb_agg(DISTINCT t.stratum) FROM allocation.slot t WHERE t.list_id = of_list),
         shown_digest, sealed_on, actor
  RETURNING id INTO made;
  RETURN made;
END $body$;

CREATE FUNCTION allocation.lists(of_trial bigint)
RETURNS TABLE (list_id bigint, with_seed text, with_ratio jsonb, with_sizes jsonb, version_id bigint, maker_id bigint,
               made_on timestamptz, sealed_on timestamptz, list_digest text, used jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  RETURN QUERY
  SELECT l.id, l.seed, l.ratio, l.block_sizes, l.protocol_version_id, l.made_by_id, l.made_at, l.sealed_at,
         allocation.digest_of(l.id),
         (SELECT jsonb_object_agg(n.stratum, jsonb_build_array(n.taken, n.total)) FROM (
            SELECT t.stratum, count(t.participant_id) AS taken, count(*) AS total
            FROM allocation.slot t WHERE t.list_id = l.id GROUP BY t.stratum) n)
  FROM allocation.list l WHERE l.trial_id = of_trial ORDER BY l.id DESC;
END $body$;

CREATE FUNCTION allocation.slots_of(of_list bigint)
RETURNS TABLE (in_stratum text, at_position integer, in_block integer, to_arm text, is_taken boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('allocation list', of_list::text);
  RETURN QUERY SELECT t.stratum, t.position, t.block, t.arm, t.participant_id IS NOT NULL
  FROM allocation.slot t WHERE t.list_id = of_list ORDER BY t.stratum COLLATE "C", t.position;
END $body$;
"""

KITS = """
CREATE FUNCTION allocation.receive_kits(
  at_site bigint, by_witness bigint, kits jsonb, received_on timestamptz
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['pharmacist'], at_site);
  received integer;
BEGIN
  INSERT INTO public.pharmacy_kit (public_id, number, state, expires_on, site_id, recorded_by_id)
  SELECT a.kit_public_id, a.number, 'in_stock', a.expires_on, at_site, actor
  FROM jsonb_to_recordset(kits) AS a(number text, expires_on date, kit_public_id text) ORDER BY a.number;
  GET DIAGNOSTICS received = ROW_COUNT;
  INSERT INTO public.pharmacy_kitmovement
    (public_id, kit_id, kind, witness_id, observed_at, note, site_id, recorded_by_id)
  SELECT a.movement_public_id, k.id, 'receipt', by_witness, received_on, '', at_site, actor
  FROM jsonb_to_recordset(kits) AS a(number text, movement_public_id text)
  JOIN public.pharmacy_kit k ON k.number = a.number ORDER BY a.number;
  INSERT INTO allocation.kit_content (kit_number, arm, lot, received_by_id)
  SELECT a.number, a.arm, a.lot, actor
  FROM jsonb_to_recordset(kits) AS a(number text, arm text, lot text) ORDER BY a.number;
  RETURN received;
END $body$;

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
"""

# The question is committed before the answer can be had: rolling back cannot hide that somebody was unblinded.
REVEAL = """
CREATE FUNCTION allocation.ask_to_reveal(of_participant bigint, why text, public_id text, asked_on timestamptz)
RETURNS TABLE (log_id bigint, unblinding_id bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  home bigint := (SELECT p.site_id FROM public.patients_participant p
                  WHERE p.id = of_participant AND p.site_id = ANY ((SELECT audit.visible_sites())::bigint[]));
  actor bigint;
  logged bigint;
  kept bigint;
BEGIN
  IF home IS NULL THEN
    RAISE EXCEPTION 'There is no such participant at the sites of the acting person' USING ERRCODE = 'VG104';
  END IF;
  actor := allocation.require_role(ARRAY['principal_investigator', 'medical_monitor'], home);
  IF NOT EXISTS (SELECT 1 FROM allocation.slot t WHERE t.participant_id = of_participant) THEN
    RAISE EXCEPTION 'The participant is not allocated' USING ERRCODE = 'VG109';
  END IF;
  INSERT INTO allocation.reveal_log (participant_id, actor_id, reason, transaction_id, asked_at)
  VALUES (of_participant, actor, why, pg_current_xact_id(), asked_on) RETURNING id INTO logged;
  INSERT INTO public.pharmacy_unblinding (public_id, participant_id, reason, unblinded_at, site_id, recorded_by_id)
  VALUES (public_id, of_participant, why, asked_on, home, actor) RETURNING id INTO kept;
  RETURN QUERY SELECT logged, kept;
END $body$;

CREATE FUNCTION allocation.reveal(of_log bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
DECLARE
  asked record;
BEGIN
  SELECT g.participant_id, g.transaction_id INTO asked FROM allocation.reveal_log g
  WHERE g.id = of_log AND g.actor_id = audit.actor() AND g.logged_at > clock_timestamp() - interval '5 minutes';
  IF NOT FOUND OR pg_xact_status(asked.transaction_id) IS DISTINCT FROM 'committed' THEN
    RAISE EXCEPTION 'The question is not on record' USING ERRCODE = 'VG110';
  END IF;
  PERFORM allocation.require_role(ARRAY['principal_investigator', 'medical_monitor'], p.site_id)
  FROM public.patients_participant p WHERE p.id = asked.participant_id;
  RETURN (SELECT t.arm FROM allocation.slot t WHERE t.participant_id = asked.participant_id);
END $body$;
"""

RUNTIME_MAY_CALL = ("allocation.allocate(bigint, text, timestamptz)",)
UNBLINDED_MAY_CALL = (
    "allocation.make_list(bigint, bigint, text, jsonb, jsonb, jsonb, timestamptz)",
    "allocation.seal_list(bigint, text, text, text, timestamptz)",
    "allocation.lists(bigint)",
    "allocation.slots_of(bigint)",
    "allocation.receive_kits(bigint, bigint, jsonb, timestamptz)",
    "allocation.contents(bigint)",
    "allocation.ask_to_reveal(bigint, text, text, timestamptz)",
    "allocation.reveal(bigint)",
)


class Migration(migrations.Migration):
    """The only place of the database from which an arm can be learnt."""

    dependencies = [
        ("pharmacy", "0002_guard"),
        ("patients", "0001_initial"),
        ("trials", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            [TABLES, SEAL, WHO, ALLOCATE, LISTS, KITS, REVEAL],
            reverse_sql="DROP SCHEMA allocation CASCADE; CREATE SCHEMA allocation;",
        ),
        *(audit_table(table, schema="allocation") for table in ("list", "slot", "kit_content", "reveal_log")),
        migrations.RunSQL(
            [
                "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA allocation FROM PUBLIC;",
                f'GRANT USAGE ON SCHEMA allocation TO "{settings.RUNTIME_LOGIN}", "{settings.UNBLINDED_LOGIN}";',
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
        *(grant_function(signature, login=settings.RUNTIME_LOGIN) for signature in RUNTIME_MAY_CALL),
        *(grant_function(signature, login=settings.UNBLINDED_LOGIN) for signature in UNBLINDED_MAY_CALL),
    ]
