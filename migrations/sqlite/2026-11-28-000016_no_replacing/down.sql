DROP TRIGGER events_in_place;
DROP TRIGGER audit_in_place;
DROP TRIGGER leaves_in_place;
DROP TRIGGER seals_in_place;
