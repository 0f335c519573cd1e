-- What reports count of days that are over, summed from their report facts. A day without a row, or without counts, is counted from its facts;
-- whoever adds a fact takes the row of its day away. So a hall of before begins without any row, and its days are summed beside the work.
CREATE TABLE counted_days (
  day DATE NOT NULL PRIMARY KEY, -- in the hall's zone
  mark TEXT COLLATE "C" NOT NULL, -- of who sums it, or has summed it
  counts BYTEA -- NULL: being summed
);
