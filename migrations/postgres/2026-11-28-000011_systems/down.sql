DROP TABLE used_assertions;
ALTER TABLE clients ADD COLUMN secret_hash TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE clients SET secret_hash = coalesce(secrets::json -> -1 ->> 'hash', '');
ALTER TABLE clients DROP COLUMN secrets;
ALTER TABLE clients DROP COLUMN keys;
ALTER TABLE clients DROP COLUMN epoch;
ALTER TABLE clients DROP COLUMN version;
