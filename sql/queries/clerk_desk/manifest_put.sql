WITH stored AS (
    INSERT INTO desk.manifest (round, version, text) VALUES ($1::uuid, 0, $2::bytea) ON CONFLICT DO NOTHING
    RETURNING round
)
INSERT INTO desk.audit (at, action, object)
SELECT $3::timestamptz, 'round opened', r.name FROM stored JOIN desk.round r ON r.id = stored.round
