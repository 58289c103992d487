WITH begun AS (
    UPDATE desk.round SET closing_step = 1
    WHERE name = $1::text AND state = 'collecting' AND closing_step = 0 AND close_asked IS NULL
      AND close_at + make_interval(secs => grace_s) <= $2::timestamptz AND NOT $4::boolean
    RETURNING name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object)
    SELECT $2::timestamptz, $3::uuid, 'round close begun', name FROM begun
)
SELECT r.state, r.closing_step, r.close_at + make_interval(secs => r.grace_s),
       r.close_at + make_interval(secs => r.grace_s) <= $2::timestamptz AND r.close_asked IS NULL
FROM desk.round r WHERE r.name = $1::text
