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
  details TEXT NOT NULL -- JSON: names and texts
) STRICT;
CREATE INDEX audit_by_time ON audit (at, number);
CREATE INDEX audit_by_kind ON audit (kind, at, number);
CREATE INDEX audit_by_actor ON audit (actor_id, at, number);
CREATE INDEX audit_by_subject ON audit (subject_id, at, number) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_by_address ON audit (address, at, number) WHERE address IS NOT NULL;
