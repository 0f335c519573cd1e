-- The new form serves the version before as well.
SELECT 1;
