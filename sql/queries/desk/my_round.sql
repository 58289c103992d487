SELECT r.name FROM desk.round r
WHERE r.id = $1::uuid AND r.state IN ('collecting', 'closed', 'released')
  AND EXISTS (SELECT FROM desk.assignment a WHERE a.round = r.id AND a.rater = $2::uuid)
