-- Words of lines that are typed: nc -lk 9999, and then millrace run Examples/SQL/socket.sql --output-mode complete
CREATE TABLE lines USING socket OPTIONS (host 'localhost', port 9999);
SELECT word, count(*) AS count
FROM STREAM lines LATERAL VIEW explode(split(value, ' ')) words AS word
GROUP BY word;
