SELECT q.text, EXISTS (SELECT FROM desk.manifest m WHERE m.round = r.id)
FROM desk.round r LEFT JOIN desk.questionnaire q ON q.round = r.id AND q.level = $2::text
WHERE r.id = $1::uuid AND r.state IN ('collecting', 'closed', 'released')
