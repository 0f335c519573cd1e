ALTER TABLE users DROP COLUMN former_password_hash;
