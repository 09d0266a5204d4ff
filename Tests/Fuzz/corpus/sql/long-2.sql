CREATE OR REPLACE TABLE IF NOT EXISTS a.b (x INT NOT NULL COMMENT 'c', y STRUCT<z: ARRAY<MAP<STRING, DECIMAL(3,
1)>>>) USING kafka OPTIONS (`kafka.bootstrap.servers` 'h:1', x.y-z = 5, q true) LOCATION '/p' COMMENT 'c'
