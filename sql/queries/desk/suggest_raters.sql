-- The line manager, direct reports, and peers of the same unit or manager; who is asked least comes first. One row of
-- NULLs when there is nobody, and none when there is no such leader for this person.
SELECT l.name, p.name, p.email, p.job_title, p.unit, p.grp, p.load
FROM desk.nominating($1::text, $2::text, $3::uuid, $4::boolean) l
JOIN desk.person leader ON leader.id = l.person
LEFT JOIN LATERAL (
    SELECT x.name, x.email, x.job_title, x.unit,
           CASE WHEN x.id = leader.manager THEN 2 WHEN x.manager = leader.id THEN 4 ELSE 3 END AS grp,
           desk.load_of(l.round, x.id) AS load
    FROM desk.person x
    WHERE x.id <> leader.id
      AND (x.id = leader.manager OR x.manager = leader.id OR x.manager = leader.manager
           OR x.unit = leader.unit AND x.unit <> '')
      AND NOT EXISTS (SELECT FROM desk.assignment a
                      WHERE (a.round, a.subject, a.rater) = (l.round, l.subject, x.id))
      AND NOT EXISTS (SELECT FROM desk.nomination n
                      WHERE (n.round, n.subject, n.rater) = (l.round, l.subject, x.id))
    ORDER BY x.id = leader.manager DESC, x.manager IS NOT DISTINCT FROM leader.id DESC, load, x.name, x.email LIMIT 41
) p ON true
WHERE l.state IN ('draft', 'nominating') -- later it would tell a leader who is asked: everybody else is suggested
