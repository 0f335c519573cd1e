-- Systems have several secrets, keys of their own, and versions. A secret's number is the client's version that it came with.
ALTER TABLE clients ADD COLUMN secrets TEXT NOT NULL DEFAULT '[]'; -- JSON array of number, hash, created_at, valid_until
ALTER TABLE clients ADD COLUMN keys TEXT NOT NULL DEFAULT '[]'; -- JSON array of key (a public JWK), created_at
ALTER TABLE clients ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0; -- how often it was deactivated: tokens of before are refused
ALTER TABLE clients ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
UPDATE clients SET secrets = json_array(json_object(
  'number', 1, 'hash', secret_hash, 'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', created_at), 'valid_until', NULL));
ALTER TABLE clients DROP COLUMN secret_hash;

-- Assertions (RFC 7523) that were taken, until they end: each is good once.
CREATE TABLE used_assertions (
  client_id TEXT NOT NULL,
  digest TEXT NOT NULL, -- of the assertion's jti
  valid_until TEXT NOT NULL,
  PRIMARY KEY (client_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_assertions_by_end ON used_assertions (valid_until);
