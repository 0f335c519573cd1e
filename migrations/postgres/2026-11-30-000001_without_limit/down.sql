UPDATE cases SET work_by = opened_at WHERE work_by = opened_at + INTERVAL '146097 days';
