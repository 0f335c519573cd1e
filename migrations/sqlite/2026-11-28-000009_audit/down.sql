DROP TABLE seals;
DROP TABLE leaves;
DROP TABLE audit;
ALTER TABLE events RENAME TO events_after;
CREATE TABLE events (
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (subject_kind, subject_id, sequence)
) STRICT;
INSERT INTO events (subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data)
  SELECT subject_kind, subject_id, sequence, kind, at, actor_id, actor_name, action, data FROM events_after ORDER BY number;
DROP TABLE events_after;
CREATE INDEX events_of_reports ON events (actor_id, at) WHERE (kind = 'lock_reported') OR (kind = 'suspended');
