-- Attempts to sign in are counted before they are evaluated, by name and address, so that nobody can lock a colleague out.
-- What was counted by name alone ends within minutes, and isn't taken over: it would be of no address.
DROP TABLE sign_in_attempts;
CREATE TABLE sign_in_attempts (
  username TEXT NOT NULL, -- as it was typed, whether an account has it or not
  address TEXT NOT NULL, -- of IPv6 its network
  attempts INTEGER NOT NULL, -- in a row, those that were right not counted
  last_at TEXT NOT NULL,
  locked_until TEXT,
  right_at TEXT, -- the last sign-in from here
  PRIMARY KEY (username, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);
CREATE INDEX sign_in_attempts_locked ON sign_in_attempts (locked_until) WHERE locked_until IS NOT NULL;

-- The same from all addresses that were new to a name; many of them slow the name down there.
CREATE TABLE sign_in_attacks (
  username TEXT NOT NULL PRIMARY KEY,
  attempts INTEGER NOT NULL,
  last_at TEXT NOT NULL,
  next_at TEXT -- before this no new address is evaluated
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attacks_by_age ON sign_in_attacks (last_at);
