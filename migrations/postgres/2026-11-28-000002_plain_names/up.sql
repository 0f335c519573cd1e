-- One word for one thing: what reports count are report facts, and money that was taken stands in the cash journal.
ALTER TABLE milestones RENAME TO report_facts;
ALTER INDEX milestones_pkey RENAME TO report_facts_pkey;
ALTER INDEX milestones_of_case RENAME TO report_facts_of_case;
ALTER TABLE takings RENAME TO cash_journal;
ALTER INDEX takings_pkey RENAME TO cash_journal_pkey;
