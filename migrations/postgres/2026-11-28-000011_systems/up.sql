-- Systems have several secrets, keys of their own, and versions. A secret's number is the client's version that it came with.
ALTER TABLE clients ADD COLUMN secrets TEXT COLLATE "C" NOT NULL DEFAULT '[]'; -- JSON array of number, hash, created_at, valid_until
ALTER TABLE clients ADD COLUMN keys TEXT COLLATE "C" NOT NULL DEFAULT '[]'; -- JSON array of key (a public JWK), created_at
ALTER TABLE clients ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0; -- how often it was deactivated: tokens of before are refused
ALTER TABLE clients ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE clients SET secrets = json_build_array(json_build_object(
  'number', 1, 'hash', secret_hash, 'created_at', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'valid_until', NULL))::text;
ALTER TABLE clients DROP COLUMN secret_hash;

-- Assertions (RFC 7523) that were taken, until they end: each is good once.
CREATE TABLE used_assertions (
  client_id TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL, -- of the assertion's jti
  valid_until TIMESTAMP NOT NULL,
  PRIMARY KEY (client_id, digest)
);
CREATE INDEX used_assertions_by_end ON used_assertions (valid_until);
