-- Only for a database in which nothing was encrypted: what was stays so, and the keys are gone.
DROP TABLE encryption_progress;
DROP TABLE person_keys;
DROP TABLE data_keys;
