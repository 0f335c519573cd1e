DROP INDEX cases_without_names;
DELETE FROM name_parts WHERE field IN ('case_organization', 'case_person');
ALTER TABLE cases DROP COLUMN names_key;
ALTER TABLE name_parts RENAME COLUMN subject_id TO certificate_id;
ALTER TABLE name_parts RENAME TO certificate_name_parts;
