WITH made AS (
    INSERT INTO desk.round (request, name, framework, demo, collect_from, answer_from, close_at, grace_s, threshold,
                            comments_pooled, comments_by_group, tail_low, tail_high, bucket, opens_itself,
                            closes_itself, least, most, keep_answers_days, keep_reports_months)
    VALUES ($1::uuid, $2::text, $3::uuid, $4::boolean, $5::timestamptz, $6::timestamptz, $7::timestamptz, $8::integer,
            $9::integer, $10::integer, $11::integer, $12::integer, $13::integer, $14::integer,
            coalesce($17::boolean, false), coalesce($18::boolean, false),
            ARRAY(SELECT coalesce(x.n, 0) FROM unnest($19::integer[]) WITH ORDINALITY AS x (n, grp) ORDER BY x.grp),
            ARRAY(SELECT coalesce(x.n, 1000) FROM unnest($20::integer[]) WITH ORDINALITY AS x (n, grp) ORDER BY x.grp),
            coalesce($21::integer, 90), coalesce($22::integer, 24))
    ON CONFLICT DO NOTHING
    RETURNING id, name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object)
    SELECT $15::timestamptz, $16::uuid, 'round created', name FROM made
)
SELECT id FROM made
