SELECT r.id, r.name, desk.state_at(r.state, r.answer_from, $2::timestamptz), r.collect_from, r.answer_from, r.close_at,
       EXISTS (SELECT FROM desk.no_reminder n WHERE n.round = r.id AND n.person = $1::uuid), r.name_salt
FROM desk.round r
WHERE r.state IN ('collecting', 'closed', 'released')
  AND EXISTS (SELECT FROM desk.assignment a WHERE a.round = r.id AND a.rater = $1::uuid)
ORDER BY r.collect_from, r.name
