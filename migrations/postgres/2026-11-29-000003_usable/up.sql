-- Services that were opened on certificates, and whose use hasn't begun: when it does, that is an event of its own. Programs of before can't read
-- such an event.
CREATE TABLE usable_soon (
  certificate_id TEXT COLLATE "C" NOT NULL,
  service TEXT COLLATE "C" NOT NULL, -- application or e_seal
  code TEXT COLLATE "C" NOT NULL,
  due_at TIMESTAMP, -- when it can be used; none: something holds it up, whose end sets it
  PRIMARY KEY (certificate_id, service, code)
);
CREATE INDEX usable_soon_by_time ON usable_soon (due_at);
INSERT INTO usable_soon (certificate_id, service, code, due_at)
SELECT certificates.id, opened ->> 'kind', opened ->> 'code', (opened ->> 'usable_from')::timestamptz AT TIME ZONE 'UTC'
FROM certificates, json_array_elements(certificates.document::json -> 'services') AS opened
WHERE certificates.stage NOT IN ('revoked', 'rejected') AND opened ->> 'closed_at' IS NULL
  AND (opened ->> 'usable_from')::timestamptz > now();
UPDATE compatibility SET since = '20261129000003';
