-- Webhooks: where a system is told of events by requests to it (docs/webhooks.md). What is to be delivered is read from the events.
CREATE TABLE webhooks (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  client_id TEXT COLLATE "C" NOT NULL, -- the system that it belongs to: it is told what that may see
  url TEXT COLLATE "C" NOT NULL,
  types TEXT COLLATE "C" NOT NULL, -- JSON array of types of events; empty: all
  active BOOLEAN NOT NULL,
  disabled_reason TEXT COLLATE "C", -- why the hall switched it off: gone
  secrets TEXT COLLATE "C" NOT NULL, -- JSON array of secret, created_at, valid_until; the secrets encrypted
  position BIGINT NOT NULL, -- number of the last event that entered the queue, or was passed over
  replay_position BIGINT, -- the same of a replay, while one is under way: up to replay_end
  replay_end BIGINT,
  replay_from TIMESTAMP, -- only events of this time
  replay_to TIMESTAMP,
  leased_by TEXT COLLATE "C", -- the instance that works on it
  leased_until TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX webhooks_by_client ON webhooks (client_id, id);

-- Events that are to be delivered: each until it is, or is given up.
CREATE TABLE webhook_queue (
  webhook_id TEXT COLLATE "C" NOT NULL,
  number BIGINT NOT NULL, -- of the event; 0: the test event
  case_id TEXT COLLATE "C", -- earlier events of the same case, or certificate, go first
  certificate_id TEXT COLLATE "C",
  attempts INTEGER NOT NULL, -- that failed
  next_at TIMESTAMP NOT NULL,
  queued_at TIMESTAMP NOT NULL,
  PRIMARY KEY (webhook_id, number)
);

-- What became of each attempt.
CREATE TABLE webhook_attempts (
  webhook_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL, -- in the order of the attempts
  number BIGINT NOT NULL,
  event_type TEXT COLLATE "C", -- none where the event was withheld
  attempt INTEGER NOT NULL,
  at TIMESTAMP NOT NULL,
  duration_ms BIGINT NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  http_status INTEGER,
  error TEXT COLLATE "C",
  PRIMARY KEY (webhook_id, id)
);
CREATE INDEX webhook_attempts_by_event ON webhook_attempts (webhook_id, number, id);
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (at);
