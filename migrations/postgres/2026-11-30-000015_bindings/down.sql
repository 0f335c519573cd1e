DROP INDEX events_of_openings;
ALTER TABLE recovery_codes DROP COLUMN binding;
ALTER TABLE sessions DROP COLUMN binding;
