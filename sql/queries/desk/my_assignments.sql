SELECT a.id, a.round, a.subject, a.grp, s.name, s.salt, s.level, a.blinded IS NOT NULL, a.answer
FROM desk.assignment a
JOIN desk.round r ON r.id = a.round AND r.state IN ('collecting', 'closed', 'released')
JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
WHERE a.rater = $1::uuid
ORDER BY a.round, s.name, a.id
