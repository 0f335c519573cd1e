DROP TABLE counted_days;
