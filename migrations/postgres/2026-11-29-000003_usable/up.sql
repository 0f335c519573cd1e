-- Services on certificates that can be used later: when the time has come, that is an event of its own. Programs of before can't read such an event.
CREATE TABLE usable_soon (
  certificate_id TEXT COLLATE "C" NOT NULL,
  service TEXT COLLATE "C" NOT NULL, -- application or e_seal
  code TEXT COLLATE "C" NOT NULL,
  usable_from TIMESTAMP NOT NULL,
  PRIMARY KEY (certificate_id, service, code)
);
CREATE INDEX usable_soon_by_time ON usable_soon (usable_from);
UPDATE compatibility SET since = '20261129000003';
