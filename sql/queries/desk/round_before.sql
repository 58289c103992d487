SELECT r.id, desk.state_at(r.state, r.answer_from, $3::timestamptz), r.request = $1::uuid
FROM desk.round r WHERE r.request = $1::uuid OR r.name = $2::text
ORDER BY r.request = $1::uuid DESC
