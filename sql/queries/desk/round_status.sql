SELECT r.id, r.name, desk.state_at(r.state, r.answer_from, $2::timestamptz), r.collect_from, r.answer_from, r.close_at,
       r.closing_step, r.progress_at,
       (SELECT sha256(m.text) FROM desk.manifest m WHERE m.round = r.id AND m.version = 0),
       count(DISTINCT a.rater)::integer, count(DISTINCT a.rater) FILTER (WHERE a.blinded IS NOT NULL)::integer
FROM desk.round r LEFT JOIN desk.assignment a ON a.round = r.id
WHERE r.name = $1::text
GROUP BY r.id
