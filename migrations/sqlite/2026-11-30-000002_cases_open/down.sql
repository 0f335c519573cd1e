DROP INDEX cases_open;
CREATE INDEX cases_open ON cases (queue, opened_at, outlet, case_type) WHERE queue IS NOT NULL;
