ALTER INDEX cash_journal_pkey RENAME TO takings_pkey;
ALTER TABLE cash_journal RENAME TO takings;
ALTER INDEX report_facts_of_case RENAME TO milestones_of_case;
ALTER INDEX report_facts_pkey RENAME TO milestones_pkey;
ALTER TABLE report_facts RENAME TO milestones;
