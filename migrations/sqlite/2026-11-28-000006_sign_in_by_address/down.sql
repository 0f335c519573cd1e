DROP TABLE sign_in_attacks;
DROP TABLE sign_in_attempts;
CREATE TABLE sign_in_attempts (
  username TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at TEXT NOT NULL,
  locked_until TEXT
) STRICT, WITHOUT ROWID;
