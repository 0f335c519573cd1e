-- Accounts that are changed over REST: the version that a change must have seen, a password that is good once, and the second
-- factor (TOTP, RFC 6238).
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN one_time_until TEXT; -- the password must be changed, and ends then
ALTER TABLE users ADD COLUMN signed_in_at TEXT; -- the last time
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_enrolled_at TEXT; -- none: the secret waits for its first code
ALTER TABLE users ADD COLUMN totp_last_step INTEGER NOT NULL DEFAULT 0; -- a step is accepted once

-- Codes that take the place of the second factor, each once.
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

-- Signed-in persons; whoever isn't signed in any more has no row.
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY, -- UUIDv7, the `sid` of tokens
  user_id TEXT NOT NULL,
  address TEXT NOT NULL, -- where the sign-in came from
  started_at TEXT NOT NULL,
  refreshed_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  family_hash TEXT NOT NULL, -- what all refresh tokens of the session have in common
  token_hash TEXT NOT NULL -- the one refresh token that is good now
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);
