-- The form before can't be had back: restore the backup that was made before the upgrade.
SELECT 1;
