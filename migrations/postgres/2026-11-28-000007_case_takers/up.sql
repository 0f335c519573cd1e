-- Who took each action of a case last: duties are separated between people (src/domain/case_types/workflow.rs).
UPDATE cases SET document = jsonb_set(document::jsonb, '{takers}', (
  SELECT coalesce(jsonb_object_agg(action, actor_id), '{}') FROM (
    SELECT DISTINCT ON (action) action, actor_id FROM events
    WHERE subject_kind = 'case' AND subject_id = cases.id AND action <> '' ORDER BY action, sequence DESC) AS last))::text;
