-- One word for one thing: what reports count are report facts, and money that was taken stands in the cash journal.
ALTER TABLE milestones RENAME TO report_facts;
DROP INDEX milestones_of_case;
CREATE INDEX report_facts_of_case ON report_facts (case_id, sequence) WHERE queue IS NOT NULL;
ALTER TABLE takings RENAME TO cash_journal;
