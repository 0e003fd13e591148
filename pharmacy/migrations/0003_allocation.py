"""Builds the unblinded side: the sealed list, what the kits contain, and the few functions that may be called.

No login but the owner has a right on a table here. The runtime may call `allocate`, which answers a number and a kit;
the unblinded login may call the others, which check in the database who acts. The answer depends on the arm in nothing
but the kit's number, and the kit is drawn so that the number says nothing.

Minimisation runs here, where the arms are: the runtime hands over a participant's factors and learns a number and a
kit. A sealed list of minimisation holds places without an arm; the seed, the rules and the place decide, and so whoever
knows them can repeat every allocation in any language. Which method is used stands in the protocol; what it needs is
sealed with the list.
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
  method text NOT NULL DEFAULT 'permuted_blocks'
    CHECK (method IN ('permuted_blocks', 'minimisation', 'uploaded_list')),
  rules jsonb NOT NULL DEFAULT '{}',
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
  arm text,
  levels jsonb NOT NULL DEFAULT '{}',
  randomisation_number text NOT NULL,
  participant_id bigint UNIQUE REFERENCES public.patients_participant (id),
  kit_number text UNIQUE REFERENCES public.pharmacy_kit (number),
  allocated_at timestamptz,
  UNIQUE (list_id, stratum, position),
  UNIQUE (list_id, randomisation_number),
  CHECK (num_nulls(participant_id, kit_number, allocated_at) IN (0, 3)),
  CONSTRAINT slot_taken_has_arm CHECK (participant_id IS NULL OR arm IS NOT NULL)
);
CREATE INDEX slot_free ON allocation.slot (list_id, stratum, position) WHERE participant_id IS NULL;

CREATE TABLE allocation.kit_content (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kit_number text NOT NULL UNIQUE REFERENCES public.pharmacy_kit (number),
  arm text NOT NULL,
  lot text NOT NULL,
  received_by_id bigint NOT NULL REFERENCES public.core_person (id)
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

CREATE FUNCTION allocation.keep_slot_sealed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $body$
DECLARE
  of_list bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.list_id ELSE OLD.list_id END;
  sealed boolean := (SELECT l.sealed_at IS NOT NULL FROM allocation.list l WHERE l.id = of_list);
BEGIN
  IF TG_OP = 'UPDATE' AND sealed AND OLD.participant_id IS NULL AND (OLD.arm IS NULL OR NEW.arm = OLD.arm)
     AND ROW(NEW.list_id, NEW.stratum, NEW.position, NEW.block, NEW.randomisation_number)
       = ROW(OLD.list_id, OLD.stratum, OLD.position, OLD.block, OLD.randomisation_number) THEN
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

CREATE TRIGGER kit_content_kept BEFORE UPDATE OR DELETE ON allocation.kit_content
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE allocation.kit_content ENABLE ALWAYS TRIGGER kit_content_kept;
"""
# What a participant was stratified by is frozen: nobody, the owner included, edits it afterwards.
FREEZE = """
CREATE TRIGGER patients_randomisation_frozen BEFORE UPDATE OR DELETE ON public.patients_randomisation
  FOR EACH ROW EXECUTE FUNCTION allocation.keep_row();
ALTER TABLE public.patients_randomisation ENABLE ALWAYS TRIGGER patients_randomisation_frozen;
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
# Pocock and Simon, Biometrics 1975;31:103-115, for arms of equal share. Each arm is tried in turn: how unevenly would
# the people at this participant's levels be spread? The arm that balances best is taken with the stated probability.
# The spread by variance is multiplied by the square of the number of arms, so that whole numbers are compared and a
# tie is a tie. Draws are the first six bytes of a keyed digest.
MINIMISE = """
CREATE FUNCTION allocation.drawn(seed text, at_position integer, purpose text) RETURNS bigint LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog AS $body$
  SELECT ('x' || left(encode(sha256(convert_to(
    seed || '|minimisation|' || at_position || '|' || purpose, 'UTF8')), 'hex'), 12))::bit(48)::bigint
$body$;

CREATE FUNCTION allocation.minimise(of_list bigint, of_levels jsonb, at_position integer) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog AS $body$
DECLARE
  sealed record;
  arms text[];
  best text[];
  rest text[];
  preferred text;
BEGIN
  SELECT l.seed, l.ratio, l.rules INTO sealed FROM allocation.list l WHERE l.id = of_list;
  SELECT array_agg(k.arm ORDER BY k.arm COLLATE "C") INTO arms FROM jsonb_object_keys(sealed.ratio) AS k(arm);
  WITH tried AS (
    SELECT c.arm AS candidate, w.factor, w.weight::bigint AS weight, x.arm,
           count(t.id) + (x.arm = c.arm)::integer AS people
    FROM unnest(arms) AS c(arm) CROSS JOIN unnest(arms) AS x(arm)
    CROSS JOIN jsonb_each_text(sealed.rules -> 'weights') AS w(factor, weight)
    LEFT JOIN allocation.slot t ON t.list_id = of_list AND t.arm = x.arm
      AND t.levels ->> w.factor = of_levels ->> w.factor
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
# A lower kit number, or an earlier expiry, must not be passed over because of its content: that would tell what the
# skipped kits are. So the kit is drawn by a keyed digest, and nothing is given out unless every arm has a kit.
ALLOCATE = """
CREATE FUNCTION allocation.allocate(
  of_participant bigint, in_stratum text, with_levels jsonb, allocated_on timestamptz
) RETURNS TABLE (answered_number text, answered_kit text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET lock_timeout = '12s' AS $body$
DECLARE
  person record;
  sealed record;
  free record;
  drawn record;
  row_of text := in_stratum;
  arms_in_stock integer;
  arms_in_list integer;
BEGIN
  SELECT p.id, p.status, p.site_id, s.trial_id, (allocated_on AT TIME ZONE s.zone)::date AS today INTO person
  FROM public.patients_participant p JOIN public.trials_site s ON s.id = p.site_id
  WHERE p.id = of_participant AND p.site_id = ANY ((SELECT audit.visible_sites())::bigint[]);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no such participant at the sites of the acting person' USING ERRCODE = 'VG104';
  END IF;
  SELECT l.id, l.seed, l.ratio, l.method, l.rules INTO sealed FROM allocation.list l
  WHERE l.trial_id = person.trial_id AND l.sealed_at IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no sealed list' USING ERRCODE = 'VG101';
  END IF;
  IF sealed.method = 'minimisation' THEN
    row_of := sealed.rules ->> 'row';
    IF EXISTS (SELECT 1 FROM jsonb_object_keys(sealed.rules -> 'weights') AS w(factor)
               WHERE coalesce(with_levels ->> w.factor, '') = '') THEN
      RAISE EXCEPTION 'A factor has no value' USING ERRCODE = 'VG116';
    END IF;
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('allocation ' || sealed.id || ' ' || row_of, 0));
  RETURN QUERY SELECT t.randomisation_number, t.kit_number FROM allocation.slot t WHERE t.participant_id = person.id;
  IF FOUND THEN RETURN; END IF;
  IF person.status <> 'enrolled' THEN
    RAISE EXCEPTION 'The participant is not enrolled' USING ERRCODE = 'VG107';
  END IF;

  SELECT t.id, t.arm, t.position, t.randomisation_number INTO free FROM allocation.slot t
  WHERE t.list_id = sealed.id AND t.stratum = row_of AND t.participant_id IS NULL
  ORDER BY t.position LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no slot left in the stratum' USING ERRCODE = 'VG102';
  END IF;
  free.arm := coalesce(free.arm, allocation.minimise(sealed.id, with_levels, free.position));

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

  UPDATE allocation.slot
  SET participant_id = person.id, kit_number = drawn.number, allocated_at = allocated_on, arm = free.arm,
      levels = with_levels
  WHERE id = free.id;
  UPDATE public.pharmacy_kit SET state = 'assigned', participant_id = person.id WHERE id = drawn.id;
  RETURN QUERY SELECT free.randomisation_number::text, drawn.number::text;
END $body$;
"""
# The digest of a list of minimisation leaves the arms out, which come one by one after the seal, and holds the rules.
LISTS = """
CREATE FUNCTION allocation.digest_of(of_list bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $body$
  SELECT encode(sha256(convert_to(
    CASE WHEN l.method = 'permuted_blocks' THEN '' ELSE l.method || E'\\n' || l.rules || E'\\n' END
    || l.seed || E'\\n' || string_agg(
      concat_ws(E'\\t', t.stratum, t.position, t.block, CASE WHEN l.method <> 'minimisation' THEN t.arm END,
                t.randomisation_number), E'\\n'
      ORDER BY t.stratum COLLATE "C", t.position), 'UTF8')), 'hex')
  FROM allocation.list l JOIN allocation.slot t ON t.list_id = l.id WHERE l.id = of_list
  GROUP BY l.seed, l.method, l.rules
$body$;

CREATE FUNCTION allocation.make_list(
  of_trial bigint, of_version bigint, with_seed text, with_ratio jsonb, with_sizes jsonb, with_method text,
  with_rules jsonb, slots jsonb, made_on timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint;
BEGIN
  IF EXISTS (SELECT 1 FROM allocation.list l WHERE l.trial_id = of_trial AND l.sealed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'The allocation list is sealed' USING ERRCODE = 'VG106';
  END IF;
  INSERT INTO allocation.list
    (trial_id, protocol_version_id, seed, ratio, block_sizes, method, rules, made_by_id, made_at)
  VALUES (of_trial, of_version, with_seed, with_ratio, with_sizes, with_method, with_rules, actor, made_on)
  RETURNING id INTO made;
  INSERT INTO allocation.slot (list_id, stratum, position, block, arm, randomisation_number)
  SELECT made, s.stratum, s.position, s.block, s.arm, s.randomisation_number
  FROM jsonb_to_recordset(slots)
    AS s(stratum text, position integer, block integer, arm text, randomisation_number text)
  ORDER BY s.stratum COLLATE "C", s.position;
  IF with_method <> 'minimisation' AND EXISTS (SELECT 1 FROM allocation.slot t WHERE t.list_id = made AND t.arm IS NULL)
  THEN
    RAISE EXCEPTION 'A place of the list has no arm' USING ERRCODE = 'check_violation';
  END IF;
  RETURN made;
END $body$;

CREATE FUNCTION allocation.seal_list(of_list bigint, shown_digest text, public_id text, sealed_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
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
  SELECT public_id, draft.trial_id, draft.protocol_version_id,
         CASE draft.method WHEN 'minimisation' THEN 'Minimisation after Pocock and Simon'
                           WHEN 'uploaded_list' THEN 'List of the statistician'
                           ELSE 'Stratified permuted blocks of random size' END,
         (SELECT jsonb_agg(DISTINCT t.stratum) FROM allocation.slot t WHERE t.list_id = of_list),
         shown_digest, sealed_on, actor
  RETURNING id INTO made;
  RETURN made;
END $body$;

CREATE FUNCTION allocation.lists(of_trial bigint)
RETURNS TABLE (list_id bigint, with_seed text, with_ratio jsonb, with_sizes jsonb, version_id bigint, maker_id bigint,
               made_on timestamptz, sealed_on timestamptz, list_digest text, used jsonb, with_method text,
               with_rules jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  RETURN QUERY
  SELECT l.id, l.seed, l.ratio, l.block_sizes, l.protocol_version_id, l.made_by_id, l.made_at, l.sealed_at,
         allocation.digest_of(l.id),
         (SELECT jsonb_object_agg(n.stratum, jsonb_build_array(n.taken, n.total)) FROM (
            SELECT t.stratum, count(t.participant_id) AS taken, count(*) AS total
            FROM allocation.slot t WHERE t.list_id = l.id GROUP BY t.stratum) n),
         l.method, l.rules
  FROM allocation.list l WHERE l.trial_id = of_trial ORDER BY l.id DESC;
END $body$;

CREATE FUNCTION allocation.slots_of(of_list bigint)
RETURNS TABLE (in_stratum text, at_position integer, in_block integer, to_arm text, is_taken boolean, at_levels jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  PERFORM audit.log_access('allocation list', of_list::text);
  RETURN QUERY SELECT t.stratum, t.position, t.block, t.arm, t.participant_id IS NOT NULL, t.levels
  FROM allocation.slot t WHERE t.list_id = of_list ORDER BY t.stratum COLLATE "C", t.position;
END $body$;
"""
UNBLINDED_MAY_CALL = (
    "allocation.make_list(bigint, bigint, text, jsonb, jsonb, text, jsonb, jsonb, timestamptz)",
    "allocation.seal_list(bigint, text, text, timestamptz)",
    "allocation.lists(bigint)",
    "allocation.slots_of(bigint)",
)


class Migration(migrations.Migration):
    """The only place of the database from which an arm can be learnt."""

    dependencies = [("pharmacy", "0002_guard"), ("core", "0002_memberships_and_signatures")]
    operations = [
        migrations.RunSQL(
            [TABLES, SEAL, FREEZE, WHO, MINIMISE, ALLOCATE, LISTS],
            reverse_sql="DROP SCHEMA allocation CASCADE; CREATE SCHEMA allocation;",
        ),
        *(audit_table(table, schema="allocation") for table in ("list", "slot", "kit_content")),
        migrations.RunSQL(
            [
                "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA allocation FROM PUBLIC;",
                f'GRANT USAGE ON SCHEMA allocation TO "{settings.RUNTIME_LOGIN}", "{settings.UNBLINDED_LOGIN}";',
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
        grant_function("allocation.allocate(bigint, text, jsonb, timestamptz)", login=settings.RUNTIME_LOGIN),
        *(grant_function(signature, login=settings.UNBLINDED_LOGIN) for signature in UNBLINDED_MAY_CALL),
    ]
