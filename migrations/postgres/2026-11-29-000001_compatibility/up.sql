-- The oldest schema whose programs may work on this database (docs/decisions/0027). A migration that takes away or changes what they
-- need writes its own version here; one that only adds leaves it as it is.
CREATE TABLE compatibility (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  since TEXT COLLATE "C" NOT NULL -- the version of a migration, such as 20261129000001
);
INSERT INTO compatibility (id, since) VALUES (1, '20261129000001');
