WITH gone AS (
    DELETE FROM desk.template WHERE kind = $1::text AND language = $2::text
)
INSERT INTO desk.audit (at, actor, action, object)
VALUES ($3::timestamptz, $4::uuid, 'mail as it was', format('%s (%s)', $1::text, $2::text))
