-- A case without a limit comes after those with one, the oldest first: it is worked on as if its limit were 400 years, which are 146097
-- days, after its receipt.
UPDATE cases SET work_by = opened_at + INTERVAL '146097 days' WHERE work_by = opened_at;
