SELECT s.name, count(*) FILTER (WHERE a.grp = 3)::integer, count(*) FILTER (WHERE a.grp = 4)::integer,
       count(*) FILTER (WHERE a.grp = 5)::integer
FROM desk.round r
JOIN desk.subject s ON s.round = r.id
LEFT JOIN desk.assignment a ON a.round = s.round AND a.subject = s.id
WHERE r.name = $1::text
GROUP BY s.id, s.name
ORDER BY s.name
