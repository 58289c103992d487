WITH meant AS (
    SELECT r.id, r.state IN ('draft', 'nominating', 'collecting') AND r.closing_step = 0 AS is_open,
           r.state NOT IN ('draft', 'nominating')
               AND ($6::integer > r.keep_answers_days OR $7::integer > r.keep_reports_months) IS TRUE AS is_longer
    FROM desk.round r WHERE r.name = $1::text
    FOR UPDATE -- a round that opens meanwhile comes before or after
), planned AS (
    UPDATE desk.round r SET opens_itself = coalesce($2::boolean, opens_itself),
        closes_itself = coalesce($3::boolean, closes_itself),
        least = ARRAY(SELECT coalesce(x.new, x.old) FROM unnest($4::integer[], least) WITH ORDINALITY AS x (new, old, grp)
                      ORDER BY x.grp),
        most = ARRAY(SELECT coalesce(x.new, x.old) FROM unnest($5::integer[], most) WITH ORDINALITY AS x (new, old, grp)
                     ORDER BY x.grp),
        keep_answers_days = coalesce($6::integer, keep_answers_days),
        keep_reports_months = coalesce($7::integer, keep_reports_months)
    FROM meant WHERE r.id = meant.id AND meant.is_open AND NOT meant.is_longer AND NOT $8::boolean
    RETURNING r.name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object) SELECT $9::timestamptz, $10::uuid, 'round planned', name FROM planned
)
SELECT meant.is_open,
       coalesce($2::boolean, r.opens_itself) AND r.state IN ('draft', 'nominating'),
       coalesce($3::boolean, r.closes_itself), r.collect_from, r.close_at + make_interval(secs => r.grace_s),
       meant.is_longer
FROM desk.round r JOIN meant ON meant.id = r.id
