-- Cases are found by names, too: certificates and cases share one index. The program fills in what is NULL here when it starts,
-- since a name's search key isn't made in SQL (src/store/cases/names.rs).
ALTER TABLE certificate_name_parts RENAME TO name_parts;
ALTER TABLE name_parts RENAME COLUMN certificate_id TO subject_id; -- a certificate's or a case's
-- The names as they are searched: of applicant, agent and certificate contact, a line each; a tab; the organization's.
ALTER TABLE cases ADD COLUMN names_key TEXT;
CREATE INDEX cases_without_names ON cases (id) WHERE names_key IS NULL;
