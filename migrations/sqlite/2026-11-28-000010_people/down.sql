DROP TABLE sessions;
DROP TABLE recovery_codes;
ALTER TABLE users DROP COLUMN totp_last_step;
ALTER TABLE users DROP COLUMN totp_enrolled_at;
ALTER TABLE users DROP COLUMN totp_secret;
ALTER TABLE users DROP COLUMN signed_in_at;
ALTER TABLE users DROP COLUMN one_time_until;
ALTER TABLE users DROP COLUMN version;
