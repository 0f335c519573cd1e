UPDATE cases SET work_by = opened_at WHERE work_by = (CAST(substr(opened_at, 1, 4) AS INTEGER) + 400) || substr(opened_at, 5);
