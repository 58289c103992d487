WITH kept AS (
    INSERT INTO desk.template (kind, subject, body) VALUES ($1::text, $2::text, $3::text)
    ON CONFLICT (kind) DO UPDATE SET subject = excluded.subject, body = excluded.body
)
INSERT INTO desk.audit (at, actor, action, object) VALUES ($4::timestamptz, $5::uuid, 'mail changed', $1::text)
