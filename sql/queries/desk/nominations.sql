WITH asked AS (
    SELECT a.round, a.subject, a.rater, a.grp, 2 AS state, NULL AS reason FROM desk.assignment a
    UNION ALL
    SELECT n.round, n.subject, n.rater, n.grp, CASE WHEN n.declined THEN 3 ELSE 1 END, nullif(n.reason, '')
    FROM desk.nomination n
)
SELECT r.name, s.name, l.email, p.name, p.email, x.grp::integer, x.state, desk.load_of(r.id, p.id), x.reason,
       (count(*) OVER ())::integer
FROM desk.round r
JOIN desk.subject s ON s.round = r.id
JOIN desk.person l ON l.id = s.person
JOIN asked x ON x.round = s.round AND x.subject = s.id
JOIN desk.person p ON p.id = x.rater
WHERE r.state = 'nominating' AND ($3::text IS NULL OR r.name = $3::text) AND ($5::text IS NULL OR l.email = $5::text)
  AND CASE WHEN $2::boolean THEN $4::boolean OR l.manager = $1::uuid ELSE l.id = $1::uuid END
ORDER BY r.collect_from, r.name, s.name, s.id, x.grp, x.state, p.name, p.email OFFSET $6::integer LIMIT $7::integer
