-- Persons are erased by destroying the key of their case or certificate; its row stays, and says when that was done on purpose.
ALTER TABLE person_keys ADD COLUMN destroyed_at TIMESTAMP;

-- The secrets of second factors are encrypted by the program when it starts (src/store/encryption.rs), where there are any.
UPDATE encryption_progress SET part = 'second_factors', position = ''
  WHERE part IN ('remains', 'done') AND EXISTS (SELECT 1 FROM users WHERE totp_secret IS NOT NULL);
