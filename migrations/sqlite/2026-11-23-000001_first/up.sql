-- SQLite, the first edition. The tables are those of ../../postgres; the parity test compares them.
-- STRICT: a column takes its type only. Times are text in UTC, `2026-11-23 08:00:00.123456`: the fraction may be
-- shorter or absent, and still the text orders as time does. WITHOUT ROWID where the key is text and rows are small.

-- One application at the window. What lists filter and order by has a column; the rest is in the document.
CREATE TABLE cases (
  id TEXT NOT NULL PRIMARY KEY, -- UUIDv7, so that new rows stand at the end
  acceptance_number TEXT NOT NULL UNIQUE, -- digits, once and for ever
  case_type TEXT NOT NULL,
  edition INTEGER NOT NULL, -- of the case type
  workflow TEXT NOT NULL,
  workflow_edition INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL, -- grows by one with each change; the optimistic lock
  outlet TEXT NOT NULL,
  organization_code TEXT NOT NULL, -- normalized: the nine characters that both kinds of code share
  organization_name TEXT NOT NULL,
  certificate_serial TEXT,
  opened_by TEXT NOT NULL, -- id of the actor
  client_id TEXT, -- of the system that opened it
  opened_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  closed_at TEXT,
  ready_from TEXT, -- the 7th working day
  limit_at TEXT, -- the 10th working day
  paused_since TEXT, -- while the clock waits
  provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)), -- a date reaches into a year without a notice
  work_by TEXT NOT NULL, -- by which work lists are ordered: the limit, or else the receipt
  queue TEXT, -- the work list it is on; none once it has ended
  assignee TEXT, -- id of the account that works on it
  assignee_name TEXT,
  uncollected_since TEXT, -- when the certificate was made that waits to be handed over
  commitment_due TEXT, -- when the first promise ends whose document isn't there yet
  box_number TEXT, -- the box in which its medium waits
  look_at TEXT, -- when something may have to be announced
  ledger TEXT, -- JSON: pauses and extensions, where there are any
  document TEXT NOT NULL -- JSON: the whole case
) STRICT;
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
  subject_kind TEXT NOT NULL, -- 'case', 'certificate' or 'account'
  subject_id TEXT NOT NULL,
  sequence INTEGER NOT NULL, -- from 1, without a gap within its subject
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL, -- as it was then
  action TEXT NOT NULL, -- the action that led to it
  data TEXT NOT NULL, -- JSON
  PRIMARY KEY (subject_kind, subject_id, sequence)
) STRICT;

-- What reports count: what happened of note, with the measures as they stood when it happened. Only ever added to, in the
-- transaction of the events. A kind in a period is one range of the key.
CREATE TABLE milestones (
  kind TEXT NOT NULL, -- 'opened', 'accepted', 'notice', 'made', 'voided', 'issued', 'activated', 'closed', 'left', 'moved'
  day TEXT NOT NULL, -- in the hall's zone
  case_id TEXT NOT NULL,
  sequence INTEGER NOT NULL, -- of the event
  at TEXT NOT NULL,
  outlet TEXT NOT NULL, -- as it was then
  case_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  workflow TEXT, -- of a state that was left
  place TEXT, -- the state that was left or in which it ended, or the outlet before
  queue TEXT, -- the work list of the state that was left, or on which it was when it moved to another outlet
  seconds INTEGER, -- spent in the state, or since the receipt
  working_days INTEGER, -- the same in working days; up to the making without pauses
  notices INTEGER, -- given until then
  overlooked INTEGER, -- rows that a notice named and an earlier one had passed
  by_ready INTEGER, -- made by the day ready from: 1 or 0
  by_limit INTEGER, -- made by the limit as it was promised
  in_time INTEGER, -- made by the limit as it was extended
  provisional INTEGER, -- a date it was held against was provisional
  PRIMARY KEY (kind, day, case_id, sequence)
) STRICT, WITHOUT ROWID;
-- Where the time of one case went, and where it was on a day.
CREATE INDEX milestones_of_case ON milestones (case_id, sequence) WHERE queue IS NOT NULL;

-- What notices named, a row for each thing missing.
CREATE TABLE notice_defects (
  day TEXT NOT NULL, -- of the notice, in the hall's zone
  case_id TEXT NOT NULL,
  notice INTEGER NOT NULL, -- its number
  position INTEGER NOT NULL, -- on the notice, from 1
  document TEXT NOT NULL, -- code of the document
  defect TEXT NOT NULL, -- what is missing, such as 'copies_missing'
  reason TEXT, -- where the document doesn't do
  outlet TEXT NOT NULL,
  case_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  PRIMARY KEY (day, case_id, notice, position)
) STRICT, WITHOUT ROWID;

-- What the cash-up counts: every payment, cancellation, refund and waiver. Only ever added to, in the transaction of the
-- events. A period is a range of the key, and what an outlet counted on a day has no gap.
CREATE TABLE takings (
  day TEXT NOT NULL, -- in the hall's zone
  outlet TEXT NOT NULL, -- where it happened
  kind TEXT NOT NULL, -- 'taken', 'cancelled', 'refunded' or 'waived'
  number INTEGER NOT NULL, -- of the receipt: from 1 for each day, outlet and kind
  case_id TEXT NOT NULL,
  sequence INTEGER NOT NULL, -- of the event
  at TEXT NOT NULL,
  acceptance_number TEXT NOT NULL,
  case_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  amount_fen INTEGER NOT NULL, -- above 0; the kind says which way it went
  method TEXT, -- the way of paying; none of a waiver
  at_window TEXT, -- the window, where it was named
  reference TEXT, -- number of the transfer or slip
  of_receipt TEXT, -- the payment that was cancelled or given back
  reason TEXT,
  PRIMARY KEY (day, outlet, kind, number),
  CHECK (amount_fen > 0 AND number > 0)
) STRICT, WITHOUT ROWID;

-- What only one open case or certificate may hold, such as an organization's one certificate.
CREATE TABLE claims (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  holder_kind TEXT NOT NULL, -- 'case' or 'certificate'
  holder TEXT NOT NULL, -- the case's id or the certificate's serial
  taken_at TEXT NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

-- The certificates and the media that carry them: each is its events folded.
CREATE TABLE certificates (
  id TEXT NOT NULL PRIMARY KEY, -- UUIDv7
  serial TEXT NOT NULL UNIQUE,
  medium_number TEXT NOT NULL UNIQUE,
  organization_code TEXT NOT NULL,
  organization_name TEXT NOT NULL,
  unified_code TEXT,
  handler TEXT, -- name of the person who handles it
  seal TEXT, -- what names the image of the e-seal
  stage TEXT NOT NULL, -- 'made', 'in_custody', 'issued', 'active' or 'revoked'; what people see is computed
  version INTEGER NOT NULL, -- sequence of its last event; the optimistic lock
  case_id TEXT,
  valid_from TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  locked_at TEXT,
  lock_source TEXT, -- 'window', 'client' or 'import'
  lock_reported_by TEXT, -- id of the actor
  suspended_since TEXT,
  suspension_cause TEXT, -- 'loss' or 'decision'
  suspension_reason TEXT,
  revoked_at TEXT,
  source TEXT NOT NULL, -- 'case', 'registered' or 'imported'
  kept_at TEXT, -- code of the outlet where its medium is, while the hall has it
  box_number TEXT, -- the box it is in
  stay TEXT, -- JSON: since when and why the hall has it
  correction TEXT, -- JSON: a correction that waits for a second person
  name_key TEXT NOT NULL, -- the organization's name as it is searched
  handler_key TEXT -- the handler's name as it is searched
) STRICT;
CREATE INDEX certificates_by_organization ON certificates (organization_code);
CREATE INDEX certificates_by_stage ON certificates (stage, id);
CREATE INDEX certificates_locked ON certificates (id) WHERE locked_at IS NOT NULL;
CREATE INDEX certificates_suspended ON certificates (id) WHERE suspended_since IS NOT NULL;
CREATE INDEX certificates_kept ON certificates (kept_at, box_number, id) WHERE kept_at IS NOT NULL;
CREATE INDEX certificates_to_correct ON certificates (id) WHERE correction IS NOT NULL;

-- Every two characters that stand beside each other in a name, for finding it by a part of it.
CREATE TABLE certificate_name_parts (
  field TEXT NOT NULL, -- 'name' or 'handler'
  part TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  PRIMARY KEY (field, part, certificate_id)
) STRICT, WITHOUT ROWID;

-- Serials that certificates had before they were corrected, for whoever looks for one by the number on an old paper.
CREATE TABLE former_serials (
  serial TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  PRIMARY KEY (serial, certificate_id)
) STRICT, WITHOUT ROWID;

-- What a certificate may be used for, and since when.
CREATE TABLE certificate_services (
  certificate_id TEXT NOT NULL,
  service TEXT NOT NULL, -- 'application' or 'e_seal'
  code TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  usable_from TEXT NOT NULL, -- 24 clock hours after the activation
  case_id TEXT,
  suspended_at TEXT,
  closed_at TEXT,
  PRIMARY KEY (certificate_id, service, code)
) STRICT, WITHOUT ROWID;

-- The last acceptance number given out on each day of the hall's calendar.
CREATE TABLE acceptance_sequences (
  day TEXT NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL,
  CHECK (last > 0 AND last <= 2147483647)
) STRICT, WITHOUT ROWID;

-- The last number of receipts given out for each day, outlet and kind of entry.
CREATE TABLE receipt_sequences (
  day TEXT NOT NULL,
  outlet TEXT NOT NULL,
  kind TEXT NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (day, outlet, kind),
  CHECK (last > 0 AND last <= 2147483647)
) STRICT, WITHOUT ROWID;

-- Each edition of the configuration that was ever in force, as it was read.
CREATE TABLE editions (
  kind TEXT NOT NULL, -- 'case_type' or 'workflow'
  code TEXT NOT NULL,
  edition INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  content TEXT NOT NULL,
  first_seen_at TEXT NOT NULL,
  PRIMARY KEY (kind, code, edition)
) STRICT;

-- Every year of the calendar in every edition that it was ever in force in.
CREATE TABLE calendar_years (
  year INTEGER NOT NULL,
  edition INTEGER NOT NULL, -- of the calendar, from which it is in force
  content TEXT NOT NULL, -- JSON: notices and days
  source TEXT NOT NULL, -- 'files' or 'import'
  recorded_at TEXT NOT NULL,
  recorded_by TEXT NOT NULL, -- id of the actor
  recorded_by_name TEXT NOT NULL, -- as it was then
  PRIMARY KEY (year, edition)
) STRICT, WITHOUT ROWID;

-- One row: the edition of the calendar that is in force. Whoever counts dates holds it, whoever changes days takes it.
CREATE TABLE calendar_state (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  edition INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO calendar_state (id, edition) VALUES (1, 0);

-- The staff who sign in.
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY, -- UUIDv7
  username TEXT NOT NULL UNIQUE, -- normalized, lower case
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  roles TEXT NOT NULL, -- JSON array
  outlet TEXT,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

-- Other systems that call with a client id and a secret.
CREATE TABLE clients (
  client_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  scopes TEXT NOT NULL, -- JSON array
  outlet TEXT,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;

-- Failed sign-ins in a row, by the name that was typed, whether it exists or not.
CREATE TABLE sign_in_attempts (
  username TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at TEXT NOT NULL,
  locked_until TEXT
) STRICT, WITHOUT ROWID;

-- What was done for a request with an Idempotency-Key, saved in the transaction of its change.
CREATE TABLE idempotency_keys (
  actor_id TEXT NOT NULL,
  "key" TEXT NOT NULL,
  fingerprint TEXT NOT NULL, -- digest of method, route and body
  subject_kind TEXT NOT NULL, -- 'case' or 'certificate'
  subject_id TEXT NOT NULL, -- the answer is this case or certificate
  version INTEGER NOT NULL, -- as it was at this version
  created_at TEXT NOT NULL,
  PRIMARY KEY (actor_id, "key")
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
