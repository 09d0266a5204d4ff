-- Impressions with their clicks, from topics to a topic: millrace run Examples/SQL/adclicks.sql --checkpoint adclicks
CREATE TABLE impressionMessages USING kafka
    OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', subscribe 'impressions');
CREATE TABLE clickMessages USING kafka OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', subscribe 'clicks');
CREATE TABLE adClicks USING kafka OPTIONS (`kafka.bootstrap.servers` 'localhost:9092', topic 'adClicks');
CREATE VIEW impressions AS
SELECT shown.adId AS impressionAdId, shown.time AS impressionTime
FROM (SELECT from_json(CAST(value AS STRING), 'adId STRING, time TIMESTAMP') AS shown
      FROM STREAM impressionMessages);
CREATE VIEW clicks AS
SELECT click.adId AS clickAdId, click.time AS clickTime
FROM (SELECT from_json(CAST(value AS STRING), 'adId STRING, time TIMESTAMP') AS click
      FROM STREAM clickMessages);
INSERT INTO adClicks
SELECT impressionAdId AS key, to_json(struct(impressionTime, clickTime)) AS value
FROM impressions WATERMARK impressionTime DELAY OF INTERVAL 2 HOURS
LEFT JOIN clicks WATERMARK clickTime DELAY OF INTERVAL 3 HOURS
ON clickAdId = impressionAdId
    AND clickTime >= impressionTime AND clickTime <= impressionTime + INTERVAL 1 HOUR;
