-- INSERT OR REPLACE deletes the row in its way, and SQLite asks no trigger about that unless the connection wants it so.
CREATE TRIGGER events_in_place BEFORE INSERT ON events
  WHEN EXISTS (SELECT 1 FROM events WHERE number = NEW.number)
    OR EXISTS (SELECT 1 FROM events
               WHERE subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id AND sequence = NEW.sequence)
  BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END;
CREATE TRIGGER audit_in_place BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
  BEGIN SELECT RAISE(ABORT, 'entries of the audit trail are never replaced'); END;
CREATE TRIGGER leaves_in_place BEFORE INSERT ON leaves
  WHEN EXISTS (SELECT 1 FROM leaves WHERE position = NEW.position)
    OR EXISTS (SELECT 1 FROM leaves WHERE source = NEW.source AND number = NEW.number)
  BEGIN SELECT RAISE(ABORT, 'the log is never replaced'); END;
CREATE TRIGGER seals_in_place BEFORE INSERT ON seals WHEN EXISTS (SELECT 1 FROM seals WHERE number = NEW.number)
  BEGIN SELECT RAISE(ABORT, 'seals are never replaced'); END;
