-- The form before can't be had back: restore the backup that was made before the upgrade. An empty table, for the step before.
CREATE TABLE certificate_services (
  certificate_id TEXT COLLATE "C" NOT NULL,
  service TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  opened_at TIMESTAMP NOT NULL,
  usable_from TIMESTAMP NOT NULL,
  case_id TEXT COLLATE "C",
  suspended_at TIMESTAMP,
  closed_at TIMESTAMP,
  PRIMARY KEY (certificate_id, service, code)
);
