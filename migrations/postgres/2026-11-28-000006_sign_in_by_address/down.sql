DROP TABLE sign_in_attacks;
DROP TABLE sign_in_attempts;
CREATE TABLE sign_in_attempts (
  username TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at TIMESTAMP NOT NULL,
  locked_until TIMESTAMP
);
