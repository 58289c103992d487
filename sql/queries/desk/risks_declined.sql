SELECT p.name, p.email, s.name, a.reason, (count(*) OVER ())::integer
FROM desk.round r
JOIN desk.assignment a ON a.round = r.id AND a.answer = 2
JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
JOIN desk.person p ON p.id = a.rater
WHERE r.name = $1::text
ORDER BY s.name, p.email LIMIT 500
