-- Who took each action of a case last: duties are separated between people (src/domain/case_types/workflow.rs).
UPDATE cases SET document = json_set(document, '$.takers', json((
  SELECT json_group_object(action, actor_id) FROM (
    SELECT action, actor_id, max(sequence) FROM events
    WHERE subject_kind = 'case' AND subject_id = cases.id AND action <> '' GROUP BY action))));
