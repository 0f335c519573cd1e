-- The form before can't be had back: restore the backup that was made before the upgrade. An empty table, for the step before.
CREATE TABLE certificate_services (
  certificate_id TEXT NOT NULL,
  service TEXT NOT NULL,
  code TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  usable_from TEXT NOT NULL,
  case_id TEXT,
  suspended_at TEXT,
  closed_at TEXT,
  PRIMARY KEY (certificate_id, service, code)
) STRICT, WITHOUT ROWID;
