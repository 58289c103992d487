SELECT r.id, r.name, desk.state_at(r.state, r.answer_from, $1::timestamptz), r.collect_from, r.answer_from, r.close_at
FROM desk.round r
ORDER BY r.collect_from DESC, r.name
