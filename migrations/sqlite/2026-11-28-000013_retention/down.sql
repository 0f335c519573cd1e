-- What was encrypted stays so.
ALTER TABLE person_keys DROP COLUMN destroyed_at;
