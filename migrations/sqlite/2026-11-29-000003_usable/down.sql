UPDATE compatibility SET since = '20261129000001';
DROP TABLE usable_soon;
