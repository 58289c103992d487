SELECT o.id, p.email, p.name,
       (SELECT string_agg(s.name, E'\n' ORDER BY s.name)
        FROM desk.assignment a JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
        WHERE a.round = o.round AND a.rater = o.person),
       o.state = 'waiting'
FROM desk.outbox o
JOIN desk.round r ON r.id = o.round
JOIN desk.person p ON p.id = o.person
WHERE r.name = $1::text
  AND CASE WHEN $4::text IS NOT NULL THEN p.email = $4::text
           WHEN EXISTS (SELECT FROM desk.outbox b WHERE b.round = r.id AND b.batch = $3::uuid) THEN o.batch = $3::uuid
           ELSE o.state = 'waiting' END
ORDER BY p.email LIMIT $2::integer
