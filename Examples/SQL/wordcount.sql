-- The word count in SQL: millrace run Examples/SQL/wordcount.sql --checkpoint counts
CREATE TABLE lines USING kafka OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', subscribe 'events');
CREATE TABLE wordCounts USING kafka OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', topic 'wordCounts');
INSERT INTO wordCounts
SELECT word AS key, CAST(count(*) AS STRING) AS value
FROM (SELECT explode(split(CAST(value AS STRING), '\\s+')) AS word FROM STREAM lines)
GROUP BY word;
