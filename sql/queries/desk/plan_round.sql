WITH planned AS (
    UPDATE desk.round SET opens_itself = coalesce($2::boolean, opens_itself),
        closes_itself = coalesce($3::boolean, closes_itself),
        least = ARRAY(SELECT coalesce(x.new, x.old) FROM unnest($4::integer[], least) WITH ORDINALITY AS x (new, old, grp)
                      ORDER BY x.grp),
        most = ARRAY(SELECT coalesce(x.new, x.old) FROM unnest($5::integer[], most) WITH ORDINALITY AS x (new, old, grp)
                     ORDER BY x.grp),
        keep_answers_days = coalesce($6::integer, keep_answers_days),
        keep_reports_months = coalesce($7::integer, keep_reports_months)
    WHERE name = $1::text AND state IN ('draft', 'nominating', 'collecting') AND closing_step = 0 AND NOT $8::boolean
    RETURNING name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object) SELECT $9::timestamptz, $10::uuid, 'round planned', name FROM planned
)
SELECT r.state IN ('draft', 'nominating', 'collecting') AND r.closing_step = 0,
       coalesce($2::boolean, r.opens_itself) AND r.state IN ('draft', 'nominating'),
       coalesce($3::boolean, r.closes_itself), r.collect_from, r.close_at + make_interval(secs => r.grace_s)
FROM desk.round r WHERE r.name = $1::text
