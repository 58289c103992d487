SELECT c.id, c.attempt, c.kind, c.email, c.name, c.seed, c.code_until, c.round, c.collect_from, c.answer_from,
       c.close_at, c.threshold, c.root, c.leaders, c.subject, c.body, c.refusals, c.language
FROM desk.claim_mail($1::timestamptz, $2::integer, $3::text, $4::text[]) c
