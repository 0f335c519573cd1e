-- The orders in which cases are listed, beside that of their ids and that of their limits; and the open ones as they were received.
CREATE INDEX cases_by_opening ON cases (opened_at, id);
CREATE INDEX cases_by_change ON cases (updated_at, id);
CREATE INDEX cases_not_ended ON cases (id) WHERE closed_at IS NULL;
