SELECT a.id, a.round, a.subject, a.grp, s.name, s.level, a.blinded IS NOT NULL, a.answer,
       (count(*) OVER ())::integer
FROM desk.assignment a
JOIN desk.round r ON r.id = a.round AND r.state IN ('collecting', 'closed')
JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
WHERE a.rater = $1::uuid
ORDER BY a.round, s.name, a.id OFFSET $2::integer LIMIT $3::integer
