INSERT INTO desk.no_reminder (round, person)
SELECT r.id, $2::uuid FROM desk.round r
WHERE r.id = $1::uuid AND EXISTS (SELECT FROM desk.assignment a WHERE a.round = r.id AND a.rater = $2::uuid)
ON CONFLICT DO NOTHING
