SELECT a.outcome, a.id, a.state, a.collect_from, a.answer_from, a.threshold, a.people, a.waiting
FROM desk.advance_round($1::text, $2::smallint, $3::timestamptz, $4::uuid, $5::boolean) a
