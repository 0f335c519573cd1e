-- What is open, how old it is, and when its limit is: all that the board asks of open cases.
DROP INDEX cases_open;
CREATE INDEX cases_open ON cases (queue, opened_at, outlet, case_type, limit_at) WHERE queue IS NOT NULL;
