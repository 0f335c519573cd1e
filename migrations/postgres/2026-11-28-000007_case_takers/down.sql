-- The version before reads a document with a member more.
SELECT 1;
