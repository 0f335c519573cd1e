DROP TABLE used_assertions;
ALTER TABLE clients ADD COLUMN secret_hash TEXT NOT NULL DEFAULT '';
UPDATE clients SET secret_hash = coalesce(json_extract(secrets, '$[#-1].hash'), '');
ALTER TABLE clients DROP COLUMN secrets;
ALTER TABLE clients DROP COLUMN keys;
ALTER TABLE clients DROP COLUMN epoch;
ALTER TABLE clients DROP COLUMN version;
