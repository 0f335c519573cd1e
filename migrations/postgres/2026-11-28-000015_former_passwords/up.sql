-- The hash of the password before a reset, until another is chosen: that one must differ from it.
ALTER TABLE users ADD COLUMN former_password_hash TEXT COLLATE "C";
