-- A case without a limit comes after those with one, the oldest first: it is worked on as if its limit were 400 years, which are 146097
-- days, after its receipt.
UPDATE cases SET work_by = (CAST(substr(opened_at, 1, 4) AS INTEGER) + 400) || substr(opened_at, 5) WHERE work_by = opened_at;
