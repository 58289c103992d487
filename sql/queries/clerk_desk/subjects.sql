-- Subjects of a round in the order of their ids, with their names and how many were asked per group.
SELECT s.id, s.level, s.name,
       count(a.grp) FILTER (WHERE a.grp = 1)::integer, count(a.grp) FILTER (WHERE a.grp = 2)::integer,
       count(a.grp) FILTER (WHERE a.grp = 3)::integer, count(a.grp) FILTER (WHERE a.grp = 4)::integer,
       count(a.grp) FILTER (WHERE a.grp = 5)::integer
FROM desk.subject s LEFT JOIN desk.assignment a ON a.round = s.round AND a.subject = s.id
WHERE s.round = $1::uuid
GROUP BY s.round, s.id
ORDER BY s.id
