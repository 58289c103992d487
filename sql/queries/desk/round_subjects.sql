WITH asked AS (
    SELECT a.subject, array_agg(a.grp) AS grps, array_agg(a.grp) FILTER (WHERE a.blinded IS NOT NULL) AS collected
    FROM desk.assignment a JOIN desk.round r ON r.id = a.round
    WHERE r.name = $1::text
    GROUP BY a.subject
)
SELECT s.name, p.email, s.level,
       cardinality(array_positions(k.grps, 1::smallint)), cardinality(array_positions(k.grps, 2::smallint)),
       cardinality(array_positions(k.grps, 3::smallint)), cardinality(array_positions(k.grps, 4::smallint)),
       cardinality(array_positions(k.grps, 5::smallint)),
       cardinality(array_positions(k.collected, 1::smallint)), cardinality(array_positions(k.collected, 2::smallint)),
       cardinality(array_positions(k.collected, 3::smallint)), cardinality(array_positions(k.collected, 4::smallint)),
       cardinality(array_positions(k.collected, 5::smallint)),
       (SELECT coalesce(sum(1 << (g.grp - 1)), 0)::integer FROM desk.progress g
        WHERE g.round = s.round AND g.subject = s.id AND g.below),
       EXISTS (SELECT FROM desk.report t WHERE t.round = s.round AND t.subject = s.id)
FROM desk.round r
JOIN desk.subject s ON s.round = r.id
JOIN desk.person p ON p.id = s.person
LEFT JOIN asked k ON k.subject = s.id
WHERE r.name = $1::text
ORDER BY s.name, p.email
