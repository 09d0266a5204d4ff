-- Means over a sliding window, from topic to topic: millrace run Examples/SQL/means.sql --checkpoint means
CREATE TABLE messages USING kafka OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', subscribe 'readings');
CREATE TABLE means USING kafka OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', topic 'means');
CREATE VIEW readings AS
SELECT reading.*
FROM (SELECT from_json(CAST(value AS STRING), 'sensor STRING, time TIMESTAMP, value DOUBLE') AS reading
      FROM STREAM messages);
INSERT INTO means
SELECT sensor AS key, to_json(struct(window.start, window.end, avg(value) AS mean)) AS value
FROM readings WATERMARK time DELAY OF INTERVAL 10 MINUTES
GROUP BY sensor, window(time, '10 minutes', '5 minutes');
