-- Services that were opened on certificates, and whose use hasn't begun: when it does, that is an event of its own. Programs of before can't read
-- such an event.
CREATE TABLE usable_soon (
  certificate_id TEXT NOT NULL,
  service TEXT NOT NULL, -- application or e_seal
  code TEXT NOT NULL,
  due_at TEXT, -- when it can be used; none: something holds it up, whose end sets it
  PRIMARY KEY (certificate_id, service, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX usable_soon_by_time ON usable_soon (due_at);
INSERT INTO usable_soon (certificate_id, service, code, due_at)
SELECT certificates.id, json_extract(opened.value, '$.kind'), json_extract(opened.value, '$.code'),
  replace(replace(json_extract(opened.value, '$.usable_from'), 'T', ' '), 'Z', '')
FROM certificates, json_each(certificates.document, '$.services') AS opened
WHERE certificates.stage NOT IN ('revoked', 'rejected') AND json_extract(opened.value, '$.closed_at') IS NULL
  AND json_extract(opened.value, '$.usable_from') > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');
UPDATE compatibility SET since = '20261129000003';
