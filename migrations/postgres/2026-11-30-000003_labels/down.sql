DELETE FROM name_parts WHERE field IN ('case_reference', 'case_metadata');
UPDATE compatibility SET since = '20261129000003';
