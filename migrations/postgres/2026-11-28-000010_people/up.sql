-- Accounts that are changed over REST: the version that a change must have seen, a password that is good once, and the second
-- factor (TOTP, RFC 6238).
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN one_time_until TIMESTAMP; -- the password must be changed, and ends then
ALTER TABLE users ADD COLUMN signed_in_at TIMESTAMP; -- the last time
ALTER TABLE users ADD COLUMN totp_secret TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN totp_enrolled_at TIMESTAMP; -- none: the secret waits for its first code
ALTER TABLE users ADD COLUMN totp_last_step BIGINT NOT NULL DEFAULT 0; -- a step is accepted once

-- Codes that take the place of the second factor, each once.
CREATE TABLE recovery_codes (
  user_id TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, hash)
);

-- Signed-in persons; whoever isn't signed in any more has no row.
CREATE TABLE sessions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- UUIDv7, the `sid` of tokens
  user_id TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL, -- where the sign-in came from
  started_at TIMESTAMP NOT NULL,
  refreshed_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  family_hash TEXT COLLATE "C" NOT NULL, -- what all refresh tokens of the session have in common
  token_hash TEXT COLLATE "C" NOT NULL -- the one refresh token that is good now
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);
