-- What only who has a key outside the database can write: whose a session is and until when, and whose a recovery code. Rows of before have none, and are
-- good no more: people sign in again.
ALTER TABLE sessions ADD COLUMN binding TEXT NOT NULL DEFAULT '';
ALTER TABLE recovery_codes ADD COLUMN binding TEXT NOT NULL DEFAULT '';

-- How many cases somebody opened within the hour.
CREATE INDEX events_of_openings ON events (actor_id, at) WHERE kind = 'case_opened';
