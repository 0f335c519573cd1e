-- The audit trail: what isn't of a case or a certificate. Only ever added to.
CREATE TABLE audit (
  number INTEGER NOT NULL PRIMARY KEY, -- in the order of writing
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL, -- empty where nobody had signed in
  actor_name TEXT NOT NULL, -- as it was then
  address TEXT, -- where the call came from
  system_user TEXT, -- of commands
  subject_kind TEXT,
  subject_id TEXT,
  details TEXT NOT NULL, -- JSON: names and texts
  hash BLOB NOT NULL -- of everything before it here (src/domain/evidence/row.rs)
) STRICT;
CREATE INDEX audit_by_time ON audit (at, number);
CREATE INDEX audit_by_kind ON audit (kind, at, number);
CREATE INDEX audit_by_actor ON audit (actor_id, at, number);
CREATE INDEX audit_by_subject ON audit (subject_id, at, number) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_by_address ON audit (address, at, number) WHERE address IS NOT NULL;

-- Events get a number of their own, in the order of writing, and a hash over themselves and the one before them.
ALTER TABLE events RENAME TO events_before;
CREATE TABLE events (
  subject_kind TEXT NOT NULL, -- 'case' or 'certificate'
  subject_id TEXT NOT NULL,
  sequence INTEGER NOT NULL, -- from 1, without a gap within its subject
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL, -- as it was then
  action TEXT NOT NULL, -- the action that led to it
  data TEXT NOT NULL, -- JSON
  number INTEGER NOT NULL PRIMARY KEY,
  hash BLOB, -- null in what was written before there were hashes, until the next start
  UNIQUE (subject_kind, subject_id, sequence)
) STRICT;
INSERT INTO events (subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data)
  SELECT subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data FROM events_before ORDER BY rowid;
DROP TABLE events_before;
CREATE INDEX events_of_reports ON events (actor_id, at) WHERE (kind = 'lock_reported') OR (kind = 'suspended');
CREATE INDEX events_without_hash ON events (subject_kind, subject_id, sequence) WHERE hash IS NULL;

-- The log of all rows of both, as a Merkle tree (RFC 6962).
CREATE TABLE leaves (
  position INTEGER NOT NULL PRIMARY KEY, -- from 0, without a gap
  seal INTEGER NOT NULL, -- by which it was sealed
  source TEXT NOT NULL, -- 'event' or 'audit'
  number INTEGER NOT NULL, -- of the row there
  node BLOB NOT NULL, -- the root of the largest complete subtree that ends here
  UNIQUE (source, number)
) STRICT;
CREATE TABLE seals (
  number INTEGER NOT NULL PRIMARY KEY, -- from 1, without a gap
  at TEXT NOT NULL, -- to the second
  suite TEXT NOT NULL, -- 'international' or 'national'
  starts_at INTEGER NOT NULL, -- the position at which its tree starts: another suite starts another tree
  size INTEGER NOT NULL, -- leaves of its tree
  note TEXT NOT NULL -- the signed checkpoint (C2SP tlog-checkpoint)
) STRICT;

-- What is recorded stays. Rows without a hash are of before: they get theirs, and may be rewritten until then.
CREATE TRIGGER events_stay BEFORE UPDATE ON events WHEN OLD.hash IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END;
CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'nothing of the audit trail is deleted'); END;
CREATE TRIGGER leaves_stay BEFORE UPDATE ON leaves BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
CREATE TRIGGER leaves_remain BEFORE DELETE ON leaves BEGIN SELECT RAISE(ABORT, 'nothing of the log is deleted'); END;
CREATE TRIGGER seals_stay BEFORE UPDATE ON seals BEGIN SELECT RAISE(ABORT, 'seals are never changed'); END;
CREATE TRIGGER seals_remain BEFORE DELETE ON seals BEGIN SELECT RAISE(ABORT, 'seals are never deleted'); END;
