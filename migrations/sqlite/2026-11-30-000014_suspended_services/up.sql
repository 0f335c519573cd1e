-- A suspended service keeps an organization from its work as a suspended certificate does, and a revoked certificate for ever: they count as one.
DROP INDEX events_of_reports;
CREATE INDEX events_of_reports ON events (actor_id, at)
  WHERE (kind = 'lock_reported') OR (kind = 'suspended') OR (kind = 'service_suspended') OR (kind = 'revoked');
