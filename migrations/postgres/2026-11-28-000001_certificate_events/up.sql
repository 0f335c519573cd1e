-- One vocabulary of certificates: what a case did to a certificate stands in its events as it stands in the certificate's
-- own. Both were written in one transaction, so that the certificate's own event, of the same case and instant, gives the
-- new form. Where it were missing, `data` would be null, and nothing is migrated.
UPDATE events SET kind = 'certificate', data = (
  SELECT json_build_object('kind', 'certificate', 'id', own.subject_id, 'serial', named.serial,
                           'event', own.data::jsonb - 'case_id')::text
  FROM (SELECT coalesce(events.data::jsonb ->> 'serial', events.data::jsonb -> 'certificate' ->> 'serial') AS serial) named
  JOIN events own ON own.subject_kind = 'certificate' AND own.subject_id IN (
    SELECT id FROM certificates WHERE serial = named.serial
    UNION ALL SELECT certificate_id FROM former_serials WHERE serial = named.serial)
  WHERE own.data::jsonb ->> 'case_id' = events.subject_id
    AND own.at = events.at
    AND own.kind = CASE events.kind
      WHEN 'certificate_made' THEN 'made'
      WHEN 'certificate_voided' THEN 'revoked'
      WHEN 'certificate_issued' THEN 'issued'
      WHEN 'certificate_activated' THEN 'activated'
      WHEN 'medium_boxed' THEN 'boxed'
      WHEN 'held_medium_taken' THEN 'taken_in'
      WHEN 'held_medium_returned' THEN 'given_back'
      WHEN 'held_medium_retired' THEN 'medium_retired'
      WHEN 'held_certificate_unlocked' THEN 'unlocked'
      WHEN 'held_certificate_renewed' THEN 'renewed'
      WHEN 'held_certificate_changed' THEN 'changed'
      WHEN 'held_certificate_suspended' THEN 'suspended'
      WHEN 'held_certificate_revoked' THEN 'revoked'
      ELSE events.kind END
    -- What may happen several times at one instant is told apart by what it says.
    AND (events.kind NOT IN ('service_opened', 'medium_boxed', 'held_medium_returned', 'certificate_issued')
      OR (own.data::jsonb -> 'service', own.data::jsonb -> 'code', own.data::jsonb -> 'after', own.data::jsonb -> 'slip')
        IS NOT DISTINCT FROM (events.data::jsonb -> 'service', events.data::jsonb -> 'code', events.data::jsonb -> 'after',
                              events.data::jsonb -> 'slip'))
  LIMIT 1)
WHERE subject_kind = 'case' AND kind IN (
  'certificate_made', 'certificate_voided', 'certificate_issued', 'certificate_activated', 'medium_boxed', 'held_medium_taken',
  'held_medium_returned', 'held_medium_retired', 'held_certificate_unlocked', 'held_certificate_renewed',
  'held_certificate_changed', 'held_certificate_suspended', 'held_certificate_revoked', 'service_opened');
