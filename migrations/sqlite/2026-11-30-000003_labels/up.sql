-- A case has labels, a reference and metadata: in its document and events, and to be found by in name_parts, as the fields 'case_reference' and
-- 'case_metadata'. Programs of before would lose them when they save a case.
UPDATE compatibility SET since = '20261130000003';
