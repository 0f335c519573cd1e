-- Names are searched with one kind of middle dot and hyphen, and without what can't be seen; a window has one spelling. What was
-- written before is brought to that form, as far as people type it (src/domain/base/text.rs has the whole list).
CREATE TEMP TABLE refolded AS SELECT * FROM (
  SELECT id, name_key AS old_name, handler_key AS old_handler,
    translate(name_key, U&'\2022\2027\2219\22C5\30FB\2010\2011\2012\2013\2014\2015\2043\2212\00AD\034F\115F\1160\180B\180C\180D\180E\200B\200C\200D\2060\2061\2062\2063\2064\2800\FE0E\FE0F\FEFF', U&'\00B7\00B7\00B7\00B7\00B7--------') AS name,
    translate(handler_key, U&'\2022\2027\2219\22C5\30FB\2010\2011\2012\2013\2014\2015\2043\2212\00AD\034F\115F\1160\180B\180C\180D\180E\200B\200C\200D\2060\2061\2062\2063\2064\2800\FE0E\FE0F\FEFF', U&'\00B7\00B7\00B7\00B7\00B7--------') AS handler
  FROM certificates) AS folded
WHERE name IS DISTINCT FROM old_name OR handler IS DISTINCT FROM old_handler;

DELETE FROM certificate_name_parts WHERE (field, part, certificate_id) IN (
  SELECT 'name', substr(old_name, place, 2), id FROM refolded, generate_series(1, 400) AS places(place) WHERE place < length(old_name)
  UNION ALL SELECT 'handler', substr(old_handler, place, 2), id FROM refolded, generate_series(1, 400) AS places(place) WHERE place < length(old_handler));
INSERT INTO certificate_name_parts (field, part, certificate_id)
  SELECT 'name', substr(name, place, 2), id FROM refolded, generate_series(1, 400) AS places(place) WHERE place < length(name)
  UNION SELECT 'handler', substr(handler, place, 2), id FROM refolded, generate_series(1, 400) AS places(place) WHERE place < length(handler);
UPDATE certificates SET name_key = refolded.name, handler_key = refolded.handler FROM refolded WHERE refolded.id = certificates.id;
DROP TABLE refolded;

UPDATE cash_journal SET at_window = trim(upper(translate(at_window, U&'\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\2010\2011\2012\2013\2014\2015\2043\2212\FF0D\00AD\034F\115F\1160\180B\180C\180D\180E\200B\200C\200D\2060\2061\2062\2063\2064\2800\FE0E\FE0F\FEFF\3000\00A0', '0123456789---------')))
WHERE at_window IS NOT NULL;
