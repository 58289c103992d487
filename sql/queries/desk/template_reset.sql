WITH gone AS (
    DELETE FROM desk.template WHERE kind = $1::text
)
INSERT INTO desk.audit (at, actor, action, object) VALUES ($2::timestamptz, $3::uuid, 'mail as it was', $1::text)
