-- Persons' data are stored encrypted (docs/encryption.md). Each case or certificate in which a person stands has a key of its own;
-- it is wrapped by a data key, which lies outside the database.
CREATE TABLE data_keys (
  id TEXT NOT NULL PRIMARY KEY, -- UUIDv7, as beside the key
  suite TEXT NOT NULL, -- of the check: 'international' or 'national'
  check_value TEXT NOT NULL, -- what only this key gives
  in_force INTEGER NOT NULL CHECK (in_force IN (0, 1)) -- it wraps new keys; the others wrap what an exchange has not reached yet
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX data_keys_in_force ON data_keys (in_force) WHERE in_force;
CREATE TABLE person_keys (
  subject_kind TEXT NOT NULL, -- 'case' or 'certificate'
  subject_id TEXT NOT NULL,
  suite TEXT NOT NULL, -- of the key
  wrapped TEXT, -- the key, encrypted; none: it was destroyed, and with it the persons' data
  data_key TEXT, -- id of the data key that wraps it
  PRIMARY KEY (subject_kind, subject_id)
) STRICT, WITHOUT ROWID;

-- What was stored in clear is encrypted by the program when it starts (src/store/encryption.rs), where there is anything.
CREATE TABLE encryption_progress (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  part TEXT NOT NULL, -- 'cases', 'certificates', 'events', 'remains' or 'done'
  position TEXT NOT NULL -- up to where the part is done
) STRICT;
INSERT INTO encryption_progress (id, part, position)
  SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM events) THEN 'cases' ELSE 'done' END, '';
