"""Rewrites the functions that write what is sealed. What they are told of arms and lots comes sealed as well."""

from django.conf import settings
from django.db import migrations

from core.guard import grant_function

MAKE_LIST = """
CREATE OR REPLACE FUNCTION allocation.make_list(
  of_trial bigint, of_version bigint, with_seed text, with_ratio jsonb, with_sizes jsonb, with_method text,
  with_rules jsonb, slots jsonb, made_on timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint := nextval(pg_get_serial_sequence('sealed.list', 'id'));
BEGIN
  IF EXISTS (SELECT 1 FROM sealed.list l WHERE l.trial_id = of_trial AND l.sealed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'The allocation list is sealed' USING ERRCODE = 'VG106';
  END IF;
  IF length(with_seed) < 16 THEN
    RAISE EXCEPTION 'The seed is too short' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO sealed.list
    (id, trial_id, protocol_version_id, seed, ratio, block_sizes, method, rules, made_by_id, made_at)
  OVERRIDING SYSTEM VALUE
  VALUES (made, of_trial, of_version, allocation.seal(with_seed, 'list.seed ' || made, 64),
          allocation.seal(with_ratio::text, 'list.ratio ' || made, 256), with_sizes, with_method,
          allocation.seal(with_rules::text, 'list.rules ' || made, 256), actor, made_on);
  INSERT INTO sealed.slot (list_id, stratum, position, block, arm, randomisation_number)
  SELECT made, s.stratum, s.position,
         allocation.seal(s.block::text, 'slot.block ' || concat_ws(' ', made, s.stratum, s.position), 32),
         allocation.seal(s.arm, 'slot.arm ' || concat_ws(' ', made, s.stratum, s.position), 64),
         s.randomisation_number
  FROM jsonb_to_recordset(slots)
    AS s(stratum text, position integer, block integer, arm text, randomisation_number text)
  ORDER BY s.stratum COLLATE "C", s.position;
  IF with_method <> 'minimisation' AND EXISTS (SELECT 1 FROM sealed.slot t WHERE t.list_id = made AND t.arm IS NULL)
  THEN
    RAISE EXCEPTION 'A place of the list has no arm' USING ERRCODE = 'check_violation';
  END IF;
  RETURN made;
END $body$;
"""
# As before, but that arms are opened here and sealed again where a place is taken. A lower kit number, or an earlier
# expiry, must not be passed over because of its content: that would tell what the skipped kits are. So the kit is
# drawn by a keyed digest, and nothing is given out unless every arm has a kit.
ALLOCATE = """
CREATE OR REPLACE FUNCTION allocation.allocate(
  of_participant bigint, in_stratum text, with_levels jsonb, allocated_on timestamptz
) RETURNS TABLE (answered_number text, answered_kit text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET lock_timeout = '12s' AS $body$
DECLARE
  person record;
  plan record;
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
  SELECT l.id, l.seed, l.ratio, l.method, l.rules INTO plan FROM allocation.list l
  WHERE l.trial_id = person.trial_id AND l.sealed_at IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no sealed list' USING ERRCODE = 'VG101';
  END IF;
  IF plan.method = 'minimisation' THEN
    row_of := plan.rules ->> 'row';
    IF EXISTS (SELECT 1 FROM jsonb_object_keys(plan.rules -> 'weights') AS w(factor)
               WHERE coalesce(with_levels ->> w.factor, '') = '') THEN
      RAISE EXCEPTION 'A factor has no value' USING ERRCODE = 'VG116';
    END IF;
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('allocation ' || plan.id || ' ' || row_of, 0));
  RETURN QUERY SELECT t.randomisation_number, t.kit_number FROM sealed.slot t WHERE t.participant_id = person.id;
  IF FOUND THEN RETURN; END IF;
  IF person.status <> 'enrolled' THEN
    RAISE EXCEPTION 'The participant is not enrolled' USING ERRCODE = 'VG107';
  END IF;

  SELECT t.id, t.arm, t.position, t.randomisation_number INTO free FROM allocation.slot t
  WHERE t.list_id = plan.id AND t.stratum = row_of AND t.participant_id IS NULL
  ORDER BY t.position LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no slot left in the stratum' USING ERRCODE = 'VG102';
  END IF;
  free.arm := coalesce(free.arm, allocation.minimise(plan.id, with_levels, free.position));

  PERFORM pg_advisory_xact_lock(hashtextextended('kits of site ' || person.site_id, 0));
  SELECT count(DISTINCT c.arm) INTO arms_in_stock
  FROM public.pharmacy_kit k JOIN allocation.kit_content c ON c.kit_number = k.number
  WHERE k.site_id = person.site_id AND k.state = 'in_stock' AND k.expires_on > person.today;
  SELECT count(*) INTO arms_in_list FROM jsonb_object_keys(plan.ratio);
  SELECT k.id, k.number INTO drawn
  FROM public.pharmacy_kit k JOIN allocation.kit_content c ON c.kit_number = k.number AND c.arm = free.arm
  WHERE k.site_id = person.site_id AND k.state = 'in_stock' AND k.expires_on > person.today
  ORDER BY sha256(convert_to(plan.seed || free.randomisation_number || k.number, 'UTF8')) LIMIT 1
  FOR UPDATE OF k;
  IF drawn.id IS NULL OR arms_in_stock < arms_in_list THEN
    RAISE EXCEPTION 'No kit can be given at the site' USING ERRCODE = 'VG103';
  END IF;

  UPDATE sealed.slot t
  SET participant_id = person.id, kit_number = drawn.number, allocated_at = allocated_on, levels = with_levels,
      arm = coalesce(t.arm, allocation.seal(free.arm, 'slot.arm ' || concat_ws(' ', t.list_id, t.stratum, t.position),
                                            64))
  WHERE t.id = free.id;
  UPDATE public.pharmacy_kit SET state = 'assigned', participant_id = person.id WHERE id = drawn.id;
  RETURN QUERY SELECT free.randomisation_number::text, drawn.number::text;
END $body$;
"""
# A drill goes as far as opening the arm, and keeps it.
DRILL = """
CREATE OR REPLACE FUNCTION allocation.drill(of_participant bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $body$
BEGIN
  PERFORM allocation.require_role(ARRAY['principal_investigator', 'medical_monitor'], p.site_id)
  FROM public.patients_participant p WHERE p.id = of_participant;
  RETURN EXISTS (SELECT 1 FROM allocation.slot t WHERE t.participant_id = of_participant AND t.arm <> '');
END $body$;
"""
NOTE = """
CREATE OR REPLACE FUNCTION allocation.note_discrepancy(of_case bigint, with_note text, noted_on timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  noted bigint;
  actor bigint := allocation.require_role(
    ARRAY['pharmacist'], (SELECT d.site_id FROM public.pharmacy_discrepancy d WHERE d.id = of_case));
BEGIN
  IF btrim(with_note) = '' THEN
    RAISE EXCEPTION 'The note is empty' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO sealed.discrepancy_note (discrepancy_id, note, noted_by_id, noted_at)
  VALUES (of_case, allocation.seal(with_note, 'discrepancy_note.note ' || concat_ws(' ', of_case, actor), 2048), actor,
          noted_on)
  RETURNING id INTO noted;
  RETURN noted;
END $body$;
"""
# The digest of a closed report is computed when it is read: kept, it could be tried out with one arm and the other.
KEEP = """
DROP FUNCTION allocation.keep_board_report(bigint, text, text, text);
CREATE FUNCTION allocation.keep_board_report(of_trial bigint, key text, body text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  actor bigint := allocation.require_role(ARRAY['unblinded_statistician'], NULL);
  made bigint;
BEGIN
  INSERT INTO sealed.board_report (trial_id, public_id, content, made_by_id)
  VALUES (of_trial, key, allocation.seal(body, 'board_report.content ' || key, 16384), actor) RETURNING id INTO made;
  RETURN made;
END $body$;
"""


class Migration(migrations.Migration):
    """Whoever writes an arm seals it."""

    dependencies = [("pharmacy", "0007_sealed_columns")]
    operations = [
        migrations.RunSQL([MAKE_LIST, ALLOCATE, DRILL, NOTE, KEEP], reverse_sql=migrations.RunSQL.noop),
        grant_function("allocation.keep_board_report(bigint, text, text)", login=settings.UNBLINDED_LOGIN),
    ]
