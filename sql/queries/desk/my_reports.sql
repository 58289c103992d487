SELECT r.name, s.name, p.email, t.released, (count(*) OVER ())::integer
FROM desk.report t
JOIN desk.subject s ON s.round = t.round AND s.id = t.subject
JOIN desk.round r ON r.id = t.round
JOIN desk.person p ON p.id = s.person
WHERE (t.released AND s.person = $1::uuid) OR (t.coached AND s.coach = $1::uuid) OR $2::boolean
ORDER BY r.close_at DESC, r.name, s.name, s.id OFFSET $3::integer LIMIT $4::integer
