-- Webhooks: where a system is told of events by requests to it (docs/webhooks.md). What is to be delivered is read from the events.
CREATE TABLE webhooks (
  id TEXT NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL, -- the system that it belongs to: it is told what that may see
  url TEXT NOT NULL,
  types TEXT NOT NULL, -- JSON array of types of events; empty: all
  active INTEGER NOT NULL,
  disabled_reason TEXT, -- why the hall switched it off: gone
  secrets TEXT NOT NULL, -- JSON array of secret, created_at, valid_until; the secrets encrypted
  position INTEGER NOT NULL, -- number of the last event that entered the queue, or was passed over
  replay_position INTEGER, -- the same of a replay, while one is under way: up to replay_end
  replay_end INTEGER,
  replay_from TEXT, -- only events of this time
  replay_to TEXT,
  leased_by TEXT, -- the instance that works on it
  leased_until TEXT,
  created_at TEXT NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_by_client ON webhooks (client_id, id);

-- Events that are to be delivered: each until it is, or is given up.
CREATE TABLE webhook_queue (
  webhook_id TEXT NOT NULL,
  number INTEGER NOT NULL, -- of the event; 0: the test event
  case_id TEXT, -- earlier events of the same case, or certificate, go first
  certificate_id TEXT,
  attempts INTEGER NOT NULL, -- that failed
  next_at TEXT NOT NULL,
  queued_at TEXT NOT NULL,
  PRIMARY KEY (webhook_id, number)
) STRICT, WITHOUT ROWID;

-- What became of each attempt.
CREATE TABLE webhook_attempts (
  webhook_id TEXT NOT NULL,
  id TEXT NOT NULL, -- in the order of the attempts
  number INTEGER NOT NULL,
  event_type TEXT, -- none where the event was withheld
  attempt INTEGER NOT NULL,
  at TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  http_status INTEGER,
  error TEXT,
  PRIMARY KEY (webhook_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_attempts_by_event ON webhook_attempts (webhook_id, number, id);
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (at);
