WITH added AS (
    INSERT INTO desk.witness (round, key, signature) VALUES ($1::uuid, $2::bytea, $3::bytea) ON CONFLICT DO NOTHING
    RETURNING round, key
)
INSERT INTO desk.audit (at, actor, action, object)
SELECT $4::timestamptz, $5::uuid, 'witness added', format('%s: %s', r.name, encode(added.key, 'hex'))
FROM added JOIN desk.round r ON r.id = added.round
