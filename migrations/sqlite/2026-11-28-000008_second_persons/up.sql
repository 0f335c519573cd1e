-- Who took a payment doesn't give it back: each payment has its takers (src/domain/cases/money.rs). Those of before are who recorded it.
UPDATE cases SET document = json_set(document, '$.money.payments', json((
  SELECT json_group_array(json_set(json_extract(data, '$.payment'), '$.taken_by', json_array(actor_id))) FROM (
    SELECT data, actor_id FROM events
    WHERE subject_kind = 'case' AND subject_id = cases.id AND kind = 'payment_recorded' ORDER BY sequence))))
WHERE json_array_length(document, '$.money.payments') > 0;

-- What enters the register without a case waits for a second person; many can wait together. Certificates that stand in the register
-- already count as approved.
CREATE TABLE certificate_imports (
  id TEXT NOT NULL PRIMARY KEY,
  -- entering, waiting, approved, rejected or failed
  state TEXT NOT NULL,
  -- how many certificates were entered
  lines INTEGER NOT NULL,
  entered_by TEXT NOT NULL,
  entered_by_name TEXT NOT NULL,
  started_at TEXT NOT NULL,
  -- when the last of them were entered: one that nobody goes on with has failed
  touched_at TEXT NOT NULL,
  decided_by TEXT,
  decided_by_name TEXT,
  decided_at TEXT,
  reason TEXT,
  -- when what was decided was done with the last of its certificates
  settled_at TEXT
);
CREATE INDEX certificate_imports_by_state ON certificate_imports (state, id);
CREATE INDEX certificate_imports_unsettled ON certificate_imports (id) WHERE settled_at IS NULL;
ALTER TABLE certificates ADD COLUMN import_id TEXT;
CREATE INDEX certificates_by_import ON certificates (import_id, id) WHERE import_id IS NOT NULL;

-- What a system locked or suspended: how many it may report in an hour is limited, and a run of reports can be withdrawn.
CREATE INDEX events_of_reports ON events (actor_id, at) WHERE (kind = 'lock_reported') OR (kind = 'suspended');
