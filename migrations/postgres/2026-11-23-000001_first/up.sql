-- PostgreSQL, the first edition. The tables are those of ../../sqlite; the parity test compares them.
-- COLLATE "C": text is compared by its bytes, as SQLite does, so that pages, ranges and prefixes agree and don't
-- depend on how the server was set up. TIMESTAMP: always UTC.

-- One application at the window. What lists filter and order by has a column; the rest is in the document.
CREATE TABLE cases (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- UUIDv7, so that new rows stand at the end
  acceptance_number TEXT COLLATE "C" NOT NULL UNIQUE, -- digits, once and for ever
  case_type TEXT COLLATE "C" NOT NULL,
  edition INTEGER NOT NULL, -- of the case type
  workflow TEXT COLLATE "C" NOT NULL,
  workflow_edition INTEGER NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL, -- grows by one with each change; the optimistic lock
  outlet TEXT COLLATE "C" NOT NULL,
  organization_code TEXT COLLATE "C" NOT NULL, -- normalized: the nine characters that both kinds of code share
  organization_name TEXT COLLATE "C" NOT NULL,
  certificate_serial TEXT COLLATE "C",
  opened_by TEXT COLLATE "C" NOT NULL, -- id of the actor
  client_id TEXT COLLATE "C", -- of the system that opened it
  opened_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  closed_at TIMESTAMP,
  ready_from TIMESTAMP, -- the 7th working day
  limit_at TIMESTAMP, -- the 10th working day
  paused_since TIMESTAMP, -- while the clock waits
  provisional BOOLEAN NOT NULL, -- a date reaches into a year without a notice
  work_by TIMESTAMP NOT NULL, -- by which work lists are ordered: the limit, or else the receipt
  queue TEXT COLLATE "C", -- the work list it is on; none once it has ended
  assignee TEXT COLLATE "C", -- id of the account that works on it
  assignee_name TEXT COLLATE "C",
  uncollected_since TIMESTAMP, -- when the certificate was made that waits to be handed over
  commitment_due TIMESTAMP, -- when the first promise ends whose document isn't there yet
  box_number TEXT COLLATE "C", -- the box in which its medium waits
  look_at TIMESTAMP, -- when something may have to be announced
  ledger TEXT, -- JSON: pauses and extensions, where there are any
  document TEXT NOT NULL -- JSON: the whole case
);
CREATE INDEX cases_by_outlet_and_state ON cases (outlet, state, id);
CREATE INDEX cases_by_outlet ON cases (outlet, id);
CREATE INDEX cases_by_state ON cases (state, id);
CREATE INDEX cases_by_type ON cases (case_type, id);
CREATE INDEX cases_ended ON cases (id) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_by_organization ON cases (organization_code);
CREATE INDEX cases_by_certificate ON cases (certificate_serial) WHERE certificate_serial IS NOT NULL;
CREATE INDEX cases_by_client ON cases (client_id, id) WHERE client_id IS NOT NULL;
-- The work lists, for one outlet and for the whole hall. Only open cases are on them, so their size is the work's.
CREATE INDEX cases_on_queue_of_outlet ON cases (queue, outlet, work_by, id) WHERE queue IS NOT NULL;
CREATE INDEX cases_on_queue ON cases (queue, work_by, id) WHERE queue IS NOT NULL;
CREATE INDEX cases_by_limit_of_outlet ON cases (outlet, limit_at, id) WHERE limit_at IS NOT NULL;
CREATE INDEX cases_by_limit ON cases (limit_at, id) WHERE limit_at IS NOT NULL;
CREATE INDEX cases_paused_of_outlet ON cases (outlet, paused_since, id) WHERE paused_since IS NOT NULL;
CREATE INDEX cases_paused ON cases (paused_since, id) WHERE paused_since IS NOT NULL;
CREATE INDEX cases_uncollected_of_outlet ON cases (outlet, uncollected_since, id) WHERE uncollected_since IS NOT NULL;
CREATE INDEX cases_uncollected ON cases (uncollected_since, id) WHERE uncollected_since IS NOT NULL;
CREATE INDEX cases_by_commitment_of_outlet ON cases (outlet, commitment_due, id) WHERE commitment_due IS NOT NULL;
CREATE INDEX cases_by_commitment ON cases (commitment_due, id) WHERE commitment_due IS NOT NULL;
CREATE INDEX cases_of_assignee ON cases (assignee, work_by, id) WHERE assignee IS NOT NULL AND queue IS NOT NULL;
CREATE INDEX cases_unassigned_of_outlet ON cases (outlet, work_by, id) WHERE assignee IS NULL AND queue IS NOT NULL;
CREATE INDEX cases_unassigned ON cases (work_by, id) WHERE assignee IS NULL AND queue IS NOT NULL;
-- For what was open on a day that is past, and how old what is open now is.
CREATE INDEX cases_by_end ON cases (closed_at, opened_at) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_open ON cases (queue, opened_at, outlet, case_type) WHERE queue IS NOT NULL;
CREATE INDEX cases_to_look_at ON cases (look_at, id) WHERE look_at IS NOT NULL;

-- What happened to a case, a certificate or an account: who, when, what. Only ever added to.
CREATE TABLE events (
  subject_kind TEXT COLLATE "C" NOT NULL, -- 'case', 'certificate' or 'account'
  subject_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL, -- from 1, without a gap within its subject
  kind TEXT COLLATE "C" NOT NULL,
  at TIMESTAMP NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  actor_name TEXT COLLATE "C" NOT NULL, -- as it was then
  action TEXT COLLATE "C" NOT NULL, -- the action that led to it
  data TEXT NOT NULL, -- JSON
  PRIMARY KEY (subject_kind, subject_id, sequence)
);

-- What reports count: what happened of note, with the measures as they stood when it happened. Only ever added to, in the
-- transaction of the events. A kind in a period is one range of the key.
CREATE TABLE milestones (
  kind TEXT COLLATE "C" NOT NULL, -- 'opened', 'accepted', 'notice', 'made', 'voided', 'issued', 'activated', 'closed', 'left', 'moved'
  day DATE NOT NULL, -- in the hall's zone
  case_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL, -- of the event
  at TIMESTAMP NOT NULL,
  outlet TEXT COLLATE "C" NOT NULL, -- as it was then
  case_type TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  workflow TEXT COLLATE "C", -- of a state that was left
  place TEXT COLLATE "C", -- the state that was left or in which it ended, or the outlet before
  queue TEXT COLLATE "C", -- the work list of the state that was left, or on which it was when it moved to another outlet
  seconds BIGINT, -- spent in the state, or since the receipt
  working_days INTEGER, -- the same in working days; up to the making without pauses
  notices INTEGER, -- given until then
  overlooked INTEGER, -- rows that a notice named and an earlier one had passed
  by_ready INTEGER, -- made by the day ready from: 1 or 0
  by_limit INTEGER, -- made by the limit as it was promised
  in_time INTEGER, -- made by the limit as it was extended
  provisional INTEGER, -- a date it was held against was provisional
  PRIMARY KEY (kind, day, case_id, sequence)
);
-- Where the time of one case went, and where it was on a day.
CREATE INDEX milestones_of_case ON milestones (case_id, sequence) WHERE queue IS NOT NULL;

-- What notices named, a row for each thing missing.
CREATE TABLE notice_defects (
  day DATE NOT NULL, -- of the notice, in the hall's zone
  case_id TEXT COLLATE "C" NOT NULL,
  notice INTEGER NOT NULL, -- its number
  position INTEGER NOT NULL, -- on the notice, from 1
  document TEXT COLLATE "C" NOT NULL, -- code of the document
  defect TEXT COLLATE "C" NOT NULL, -- what is missing, such as 'copies_missing'
  reason TEXT COLLATE "C", -- where the document doesn't do
  outlet TEXT COLLATE "C" NOT NULL,
  case_type TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (day, case_id, notice, position)
);

-- What the cash-up counts: every payment, cancellation, refund and waiver. Only ever added to, in the transaction of the
-- events. A period is a range of the key, and what an outlet counted on a day has no gap.
CREATE TABLE takings (
  day DATE NOT NULL, -- in the hall's zone
  outlet TEXT COLLATE "C" NOT NULL, -- where it happened
  kind TEXT COLLATE "C" NOT NULL, -- 'taken', 'cancelled', 'refunded' or 'waived'
  number INTEGER NOT NULL, -- of the receipt: from 1 for each day, outlet and kind
  case_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL, -- of the event
  at TIMESTAMP NOT NULL,
  acceptance_number TEXT COLLATE "C" NOT NULL,
  case_type TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C" NOT NULL,
  amount_fen BIGINT NOT NULL, -- above 0; the kind says which way it went
  method TEXT COLLATE "C", -- the way of paying; none of a waiver
  at_window TEXT COLLATE "C", -- the window, where it was named
  reference TEXT COLLATE "C", -- number of the transfer or slip
  of_receipt TEXT COLLATE "C", -- the payment that was cancelled or given back
  reason TEXT COLLATE "C",
  PRIMARY KEY (day, outlet, kind, number),
  CHECK (amount_fen > 0 AND number > 0)
);

-- What only one open case or certificate may hold, such as an organization's one certificate.
CREATE TABLE claims (
  kind TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  holder_kind TEXT COLLATE "C" NOT NULL, -- 'case' or 'certificate'
  holder TEXT COLLATE "C" NOT NULL, -- the case's id or the certificate's serial
  taken_at TIMESTAMP NOT NULL,
  PRIMARY KEY (kind, subject)
);

-- The certificates and the media that carry them: each is its events folded.
CREATE TABLE certificates (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- UUIDv7
  serial TEXT COLLATE "C" NOT NULL UNIQUE,
  medium_number TEXT COLLATE "C" NOT NULL UNIQUE,
  organization_code TEXT COLLATE "C" NOT NULL,
  organization_name TEXT COLLATE "C" NOT NULL,
  unified_code TEXT COLLATE "C",
  handler TEXT COLLATE "C", -- name of the person who handles it
  seal TEXT COLLATE "C", -- what names the image of the e-seal
  stage TEXT COLLATE "C" NOT NULL, -- 'made', 'in_custody', 'issued', 'active' or 'revoked'; what people see is computed
  version BIGINT NOT NULL, -- sequence of its last event; the optimistic lock
  case_id TEXT COLLATE "C",
  valid_from TIMESTAMP NOT NULL,
  valid_until TIMESTAMP NOT NULL,
  locked_at TIMESTAMP,
  lock_source TEXT COLLATE "C", -- 'window', 'client' or 'import'
  lock_reported_by TEXT COLLATE "C", -- id of the actor
  suspended_since TIMESTAMP,
  suspension_cause TEXT COLLATE "C", -- 'loss' or 'decision'
  suspension_reason TEXT COLLATE "C",
  revoked_at TIMESTAMP,
  source TEXT COLLATE "C" NOT NULL, -- 'case', 'registered' or 'imported'
  kept_at TEXT COLLATE "C", -- code of the outlet where its medium is, while the hall has it
  box_number TEXT COLLATE "C", -- the box it is in
  stay TEXT, -- JSON: since when and why the hall has it
  correction TEXT, -- JSON: a correction that waits for a second person
  name_key TEXT COLLATE "C" NOT NULL, -- the organization's name as it is searched
  handler_key TEXT COLLATE "C" -- the handler's name as it is searched
);
CREATE INDEX certificates_by_organization ON certificates (organization_code);
CREATE INDEX certificates_by_stage ON certificates (stage, id);
CREATE INDEX certificates_locked ON certificates (id) WHERE locked_at IS NOT NULL;
CREATE INDEX certificates_suspended ON certificates (id) WHERE suspended_since IS NOT NULL;
CREATE INDEX certificates_kept ON certificates (kept_at, box_number, id) WHERE kept_at IS NOT NULL;
CREATE INDEX certificates_to_correct ON certificates (id) WHERE correction IS NOT NULL;

-- Every two characters that stand beside each other in a name, for finding it by a part of it.
CREATE TABLE certificate_name_parts (
  field TEXT COLLATE "C" NOT NULL, -- 'name' or 'handler'
  part TEXT COLLATE "C" NOT NULL,
  certificate_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (field, part, certificate_id)
);

-- Serials that certificates had before they were corrected, for whoever looks for one by the number on an old paper.
CREATE TABLE former_serials (
  serial TEXT COLLATE "C" NOT NULL,
  certificate_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (serial, certificate_id)
);

-- What a certificate may be used for, and since when.
CREATE TABLE certificate_services (
  certificate_id TEXT COLLATE "C" NOT NULL,
  service TEXT COLLATE "C" NOT NULL, -- 'application' or 'e_seal'
  code TEXT COLLATE "C" NOT NULL,
  opened_at TIMESTAMP NOT NULL,
  usable_from TIMESTAMP NOT NULL, -- 24 clock hours after the activation
  case_id TEXT COLLATE "C",
  suspended_at TIMESTAMP,
  closed_at TIMESTAMP,
  PRIMARY KEY (certificate_id, service, code)
);

-- The last acceptance number given out on each day of the hall's calendar.
CREATE TABLE acceptance_sequences (
  day DATE NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL,
  CHECK (last > 0 AND last <= 2147483647)
);

-- The last number of receipts given out for each day, outlet and kind of entry.
CREATE TABLE receipt_sequences (
  day DATE NOT NULL,
  outlet TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (day, outlet, kind),
  CHECK (last > 0 AND last <= 2147483647)
);

-- Each edition of the configuration that was ever in force, as it was read.
CREATE TABLE editions (
  kind TEXT COLLATE "C" NOT NULL, -- 'case_type' or 'workflow'
  code TEXT COLLATE "C" NOT NULL,
  edition INTEGER NOT NULL,
  content_hash TEXT COLLATE "C" NOT NULL,
  content TEXT NOT NULL,
  first_seen_at TIMESTAMP NOT NULL,
  PRIMARY KEY (kind, code, edition)
);

-- Every year of the calendar in every edition that it was ever in force in.
CREATE TABLE calendar_years (
  year INTEGER NOT NULL,
  edition BIGINT NOT NULL, -- of the calendar, from which it is in force
  content TEXT NOT NULL, -- JSON: notices and days
  source TEXT COLLATE "C" NOT NULL, -- 'files' or 'import'
  recorded_at TIMESTAMP NOT NULL,
  recorded_by TEXT COLLATE "C" NOT NULL, -- id of the actor
  recorded_by_name TEXT COLLATE "C" NOT NULL, -- as it was then
  PRIMARY KEY (year, edition)
);

-- One row: the edition of the calendar that is in force. Whoever counts dates holds it, whoever changes days takes it.
CREATE TABLE calendar_state (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  edition BIGINT NOT NULL
);
INSERT INTO calendar_state (id, edition) VALUES (1, 0);

-- The staff who sign in.
CREATE TABLE users (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- UUIDv7
  username TEXT COLLATE "C" NOT NULL UNIQUE, -- normalized, lower case
  display_name TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C" NOT NULL,
  roles TEXT COLLATE "C" NOT NULL, -- JSON array
  outlet TEXT COLLATE "C",
  active BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);

-- Other systems that call with a client id and a secret.
CREATE TABLE clients (
  client_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL,
  scopes TEXT COLLATE "C" NOT NULL, -- JSON array
  outlet TEXT COLLATE "C",
  active BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL
);

-- Failed sign-ins in a row, by the name that was typed, whether it exists or not.
CREATE TABLE sign_in_attempts (
  username TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at TIMESTAMP NOT NULL,
  locked_until TIMESTAMP
);

-- What was done for a request with an Idempotency-Key, saved in the transaction of its change.
CREATE TABLE idempotency_keys (
  actor_id TEXT COLLATE "C" NOT NULL,
  "key" TEXT COLLATE "C" NOT NULL,
  fingerprint TEXT COLLATE "C" NOT NULL, -- digest of method, route and body
  subject_kind TEXT COLLATE "C" NOT NULL, -- 'case' or 'certificate'
  subject_id TEXT COLLATE "C" NOT NULL, -- the answer is this case or certificate
  version BIGINT NOT NULL, -- as it was at this version
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (actor_id, "key")
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
