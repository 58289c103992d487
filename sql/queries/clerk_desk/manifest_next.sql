WITH moved AS (
    UPDATE desk.round SET close_at = close_asked, close_asked = NULL
    WHERE id = $1::uuid AND close_asked = $4::timestamptz
    RETURNING id, name, close_at
), stored AS (
    INSERT INTO desk.manifest (round, version, text) SELECT id, $2::integer, $3::bytea FROM moved
)
INSERT INTO desk.audit (at, action, object)
SELECT $5::timestamptz, 'round extended',
       format('%s: close at %s', name, to_char(close_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
FROM moved
