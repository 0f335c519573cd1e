DROP INDEX events_of_reports;
CREATE INDEX events_of_reports ON events (actor_id, at) WHERE (kind = 'lock_reported') OR (kind = 'suspended');
