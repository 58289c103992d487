-- With each person the leaders whom they are asked about, decide about, or may read about.
SELECT o.id, p.email, p.name,
       CASE o.kind WHEN 'invitation'
                   THEN (SELECT string_agg(s.name, E'\n' ORDER BY s.name)
                         FROM desk.assignment a JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
                         WHERE a.round = o.round AND a.rater = o.person)
                   WHEN 'nomination'
                   THEN (SELECT string_agg(s.name, E'\n' ORDER BY s.name)
                         FROM desk.subject s JOIN desk.person l ON l.id = s.person
                         WHERE s.round = o.round AND l.manager = o.person)
                   ELSE (SELECT string_agg(s.name, E'\n' ORDER BY s.name)
                         FROM desk.subject s JOIN desk.report t ON t.round = s.round AND t.subject = s.id
                         WHERE s.round = o.round
                           AND (t.coached AND s.coach = o.person OR t.released AND s.person = o.person)) END,
       o.state = 'waiting',
       EXISTS (SELECT FROM desk.subject s WHERE s.round = o.round AND s.person = o.person),
       p.language
FROM desk.outbox o
JOIN desk.round r ON r.id = o.round
JOIN desk.person p ON p.id = o.person
WHERE r.name = $1::text AND o.kind = desk.letter_kind(r.state)
  AND CASE WHEN $4::text IS NOT NULL THEN p.email = $4::text
           WHEN EXISTS (SELECT FROM desk.outbox b WHERE b.round = r.id AND b.batch = $3::uuid) THEN o.batch = $3::uuid
           ELSE o.state = 'waiting' AND (p.paper OR NOT $5::boolean) END
ORDER BY p.email LIMIT $2::integer
