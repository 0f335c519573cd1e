-- A certificate is stored as a case is: the whole as a document, with columns for what is searched. Its services stand in it.
CREATE TABLE certificates_with_documents (
  id TEXT NOT NULL PRIMARY KEY, -- UUIDv7
  serial TEXT NOT NULL UNIQUE,
  medium_number TEXT NOT NULL UNIQUE,
  organization_code TEXT NOT NULL,
  stage TEXT NOT NULL, -- 'made', 'in_custody', 'issued', 'active' or 'revoked'; what people see is computed
  version INTEGER NOT NULL, -- sequence of its last event; the optimistic lock
  valid_until TEXT NOT NULL,
  locked_at TEXT,
  suspended_since TEXT,
  kept_at TEXT, -- code of the outlet where its medium is, while the hall has it
  box_number TEXT, -- the box it is in
  name_key TEXT NOT NULL, -- the organization's name as it is searched
  handler_key TEXT, -- the handler's name as it is searched
  correction_asked_at TEXT, -- while a correction waits for a second person
  document TEXT NOT NULL -- JSON
) STRICT;

INSERT INTO certificates_with_documents
SELECT
  id, serial, medium_number, organization_code, stage, version, valid_until, locked_at, suspended_since, kept_at, box_number,
  name_key, handler_key,
  replace(rtrim(json_extract(correction, '$.asked_at'), 'Z'), 'T', ' '),
  json_object(
    'id', id, 'serial', serial, 'medium_number', medium_number, 'organization_code', organization_code,
    'unified_code', unified_code, 'organization_name', organization_name, 'handler', handler, 'seal', seal, 'stage', stage,
    'valid_from', replace(valid_from, ' ', 'T') || 'Z', 'valid_until', replace(valid_until, ' ', 'T') || 'Z',
    'source', source, 'case_id', case_id,
    'lock', CASE WHEN locked_at IS NOT NULL THEN json_object(
      'at', replace(locked_at, ' ', 'T') || 'Z', 'source', lock_source, 'reported_by', lock_reported_by) END,
    'suspension', CASE WHEN suspended_since IS NOT NULL THEN json_object(
      'since', replace(suspended_since, ' ', 'T') || 'Z', 'cause', suspension_cause, 'reason', suspension_reason) END,
    'revoked_at', replace(revoked_at, ' ', 'T') || 'Z',
    'stay', json(stay), 'correction', json(correction),
    'services', (
      SELECT json_group_array(json_object(
        'kind', service, 'code', code, 'opened_at', replace(opened_at, ' ', 'T') || 'Z',
        'usable_from', replace(usable_from, ' ', 'T') || 'Z', 'case_id', opened.case_id,
        'suspended_at', replace(suspended_at, ' ', 'T') || 'Z', 'closed_at', replace(closed_at, ' ', 'T') || 'Z'))
      FROM (SELECT * FROM certificate_services WHERE certificate_id = certificates.id ORDER BY service, code) AS opened),
    'version', version)
FROM certificates;

DROP TABLE certificate_services;
DROP TABLE certificates;
ALTER TABLE certificates_with_documents RENAME TO certificates;
CREATE INDEX certificates_by_organization ON certificates (organization_code);
CREATE INDEX certificates_by_stage ON certificates (stage, id);
CREATE INDEX certificates_locked ON certificates (id) WHERE locked_at IS NOT NULL;
CREATE INDEX certificates_suspended ON certificates (id) WHERE suspended_since IS NOT NULL;
CREATE INDEX certificates_kept ON certificates (kept_at, box_number, id) WHERE kept_at IS NOT NULL;
CREATE INDEX certificates_to_correct ON certificates (id) WHERE correction_asked_at IS NOT NULL;
