-- Names are searched with one kind of middle dot and hyphen, and without what can't be seen; a window has one spelling. What was
-- written before is brought to that form, as far as people type it (src/domain/base/text.rs has the whole list).
CREATE TEMP TABLE refolded AS SELECT * FROM (
  SELECT id, name_key AS old_name, handler_key AS old_handler,
    
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name_key,
    char(8226), char(183)), char(8231), char(183)), char(8729), char(183)), char(8901), char(183)), char(12539),
    char(183)), char(8208), '-'), char(8209), '-'), char(8210), '-'), char(8211), '-'), char(8212), '-'), char(8213),
    '-'), char(8259), '-'), char(8722), '-'), char(173), ''), char(847), ''), char(4447), ''), char(4448), ''),
    char(6155), ''), char(6156), ''), char(6157), ''), char(6158), ''), char(8203), ''), char(8204), ''), char(8205),
    ''), char(8288), ''), char(8289), ''), char(8290), ''), char(8291), ''), char(8292), ''), char(10240), ''),
    char(65038), ''), char(65039), ''), char(65279), '') AS name,
    
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(handler_key,
    char(8226), char(183)), char(8231), char(183)), char(8729), char(183)), char(8901), char(183)), char(12539),
    char(183)), char(8208), '-'), char(8209), '-'), char(8210), '-'), char(8211), '-'), char(8212), '-'), char(8213),
    '-'), char(8259), '-'), char(8722), '-'), char(173), ''), char(847), ''), char(4447), ''), char(4448), ''),
    char(6155), ''), char(6156), ''), char(6157), ''), char(6158), ''), char(8203), ''), char(8204), ''), char(8205),
    ''), char(8288), ''), char(8289), ''), char(8290), ''), char(8291), ''), char(8292), ''), char(10240), ''),
    char(65038), ''), char(65039), ''), char(65279), '') AS handler
  FROM certificates)
WHERE name IS NOT old_name OR handler IS NOT old_handler;

DELETE FROM certificate_name_parts WHERE (field, part, certificate_id) IN (
  SELECT 'name', substr(old_name, place, 2), id FROM refolded, (WITH RECURSIVE places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < 400) SELECT place FROM places)
  WHERE place < length(old_name)
  UNION ALL SELECT 'handler', substr(old_handler, place, 2), id FROM refolded, (WITH RECURSIVE places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < 400) SELECT place FROM places)
  WHERE place < length(old_handler));
INSERT INTO certificate_name_parts (field, part, certificate_id)
  SELECT DISTINCT 'name', substr(name, place, 2), id FROM refolded, (WITH RECURSIVE places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < 400) SELECT place FROM places)
  WHERE place < length(name)
  UNION SELECT DISTINCT 'handler', substr(handler, place, 2), id FROM refolded, (WITH RECURSIVE places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < 400) SELECT place FROM places)
  WHERE place < length(handler);
UPDATE certificates SET name_key = refolded.name, handler_key = refolded.handler FROM refolded WHERE refolded.id = certificates.id;
DROP TABLE refolded;

UPDATE cash_journal SET at_window = trim(upper(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(at_window,
  char(173), ''), char(847), ''), char(4447), ''), char(4448), ''), char(6155), ''), char(6156), ''), char(6157), ''),
  char(6158), ''), char(8203), ''), char(8204), ''), char(8205), ''), char(8288), ''), char(8289), ''), char(8290),
  ''), char(8291), ''), char(8292), ''), char(10240), ''), char(65038), ''), char(65039), ''), char(65279), ''),
  char(12288), ''), char(160), ''), char(65296), '0'), char(65297), '1'), char(65298), '2'), char(65299), '3'),
  char(65300), '4'), char(65301), '5'), char(65302), '6'), char(65303), '7'), char(65304), '8'), char(65305), '9'),
  char(8208), '-'), char(8209), '-'), char(8210), '-'), char(8211), '-'), char(8212), '-'), char(8213), '-'),
  char(8259), '-'), char(8722), '-'), char(65293), '-')))
WHERE at_window IS NOT NULL;
