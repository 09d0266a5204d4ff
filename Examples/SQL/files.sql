-- Orders that turn up as files of JSON, into files by item: millrace run Examples/SQL/files.sql --checkpoint sales --trigger available-now
CREATE TABLE orders (item STRING, price DECIMAL(10,2), number INT) USING json LOCATION 'orders';
CREATE TABLE sales (price DECIMAL(10,2), number INT, item STRING) USING json PARTITIONED BY (item) LOCATION 'sales';
INSERT INTO sales SELECT price, number, item FROM STREAM orders;
