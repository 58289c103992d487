-- Who declined is not counted: such a group may stay below the threshold.
SELECT s.name, p.email, k.self, k.manager, k.peer, k.report, k.other,
       (SELECT count(*) FROM desk.nomination n
        WHERE n.round = s.round AND n.subject = s.id AND NOT n.declined)::integer
FROM desk.round r
JOIN desk.subject s ON s.round = r.id
JOIN desk.person p ON p.id = s.person
CROSS JOIN LATERAL (
    SELECT (count(*) FILTER (WHERE a.grp = 1))::integer AS self, (count(*) FILTER (WHERE a.grp = 2))::integer AS manager,
           (count(*) FILTER (WHERE a.grp = 3))::integer AS peer, (count(*) FILTER (WHERE a.grp = 4))::integer AS report,
           (count(*) FILTER (WHERE a.grp = 5))::integer AS other
    FROM desk.assignment a WHERE a.round = s.round AND a.subject = s.id AND a.answer <> 2
) k
WHERE r.name = $1::text
ORDER BY s.name, p.email
