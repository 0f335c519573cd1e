DROP INDEX cases_by_opening;
DROP INDEX cases_by_change;
DROP INDEX cases_not_ended;
