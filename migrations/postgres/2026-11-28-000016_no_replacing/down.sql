-- PostgreSQL knows no INSERT OR REPLACE, and asks the triggers about ON CONFLICT DO UPDATE: there is nothing to do.
SELECT 1;
