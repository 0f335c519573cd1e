-- The version before reads documents with a member more; it doesn't know certificates that wait for approval.
DROP INDEX events_of_reports;
DROP INDEX certificates_by_import;
ALTER TABLE certificates DROP COLUMN import_id;
DROP TABLE certificate_imports;
