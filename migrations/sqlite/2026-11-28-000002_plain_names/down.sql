ALTER TABLE cash_journal RENAME TO takings;
DROP INDEX report_facts_of_case;
ALTER TABLE report_facts RENAME TO milestones;
CREATE INDEX milestones_of_case ON milestones (case_id, sequence) WHERE queue IS NOT NULL;
