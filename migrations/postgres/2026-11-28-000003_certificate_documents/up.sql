-- A certificate is stored as a case is: the whole as a document, with columns for what is searched. Its services stand in it.
ALTER TABLE certificates
  ADD COLUMN correction_asked_at TIMESTAMP, -- while a correction waits for a second person
  ADD COLUMN document TEXT COLLATE "C"; -- JSON

-- A timestamp without a zone is UTC; as JSON it lacks the Z that says so.
UPDATE certificates SET
  correction_asked_at = (correction::json ->> 'asked_at')::timestamptz AT TIME ZONE 'UTC',
  document = json_build_object(
    'id', id, 'serial', serial, 'medium_number', medium_number, 'organization_code', organization_code,
    'unified_code', unified_code, 'organization_name', organization_name, 'handler', handler, 'seal', seal, 'stage', stage,
    'valid_from', valid_from AT TIME ZONE 'UTC', 'valid_until', valid_until AT TIME ZONE 'UTC',
    'source', source, 'case_id', case_id,
    'lock', CASE WHEN locked_at IS NOT NULL THEN json_build_object(
      'at', locked_at AT TIME ZONE 'UTC', 'source', lock_source, 'reported_by', lock_reported_by) END,
    'suspension', CASE WHEN suspended_since IS NOT NULL THEN json_build_object(
      'since', suspended_since AT TIME ZONE 'UTC', 'cause', suspension_cause, 'reason', suspension_reason) END,
    'revoked_at', revoked_at AT TIME ZONE 'UTC',
    'stay', stay::json, 'correction', correction::json,
    'services', (
      SELECT coalesce(json_agg(json_build_object(
        'kind', service, 'code', code, 'opened_at', opened_at AT TIME ZONE 'UTC',
        'usable_from', usable_from AT TIME ZONE 'UTC', 'case_id', opened.case_id,
        'suspended_at', suspended_at AT TIME ZONE 'UTC', 'closed_at', closed_at AT TIME ZONE 'UTC')
        ORDER BY service, code), '[]')
      FROM certificate_services AS opened WHERE certificate_id = certificates.id),
    'version', version)::text;

DROP INDEX certificates_to_correct;
DROP TABLE certificate_services;
ALTER TABLE certificates
  ALTER COLUMN document SET NOT NULL,
  DROP COLUMN organization_name, DROP COLUMN unified_code, DROP COLUMN handler, DROP COLUMN seal, DROP COLUMN case_id,
  DROP COLUMN valid_from, DROP COLUMN lock_source, DROP COLUMN lock_reported_by, DROP COLUMN suspension_cause,
  DROP COLUMN suspension_reason, DROP COLUMN revoked_at, DROP COLUMN source, DROP COLUMN stay, DROP COLUMN correction;
CREATE INDEX certificates_to_correct ON certificates (id) WHERE correction_asked_at IS NOT NULL;
