SELECT r.name, r.collect_from, r.opens_itself, g.grp::integer, r.least[g.grp], r.most[g.grp]
FROM desk.round r CROSS JOIN generate_series(2, 5) AS g (grp)
WHERE r.state = 'nominating' AND ($3::text IS NULL OR r.name = $3::text)
  AND EXISTS (SELECT FROM desk.subject s JOIN desk.person l ON l.id = s.person
              WHERE s.round = r.id AND CASE WHEN $2::boolean THEN $4::boolean OR l.manager = $1::uuid
                                            ELSE l.id = $1::uuid END)
ORDER BY r.collect_from, r.name, g.grp
