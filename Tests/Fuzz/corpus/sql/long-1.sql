SELECT * FROM t PIVOT (sum(a) AS s FOR (c, d) IN ((1, 2) AS x, (3, 4))) UNPIVOT INCLUDE NULLS ((v, w) FOR n IN
((a, b) AS x)) u GROUP BY GROUPING SETS ((a, b), (), CUBE (c)), b
