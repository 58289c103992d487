WITH kept AS (
    INSERT INTO desk.template (kind, language, subject, body) VALUES ($1::text, $2::text, $3::text, $4::text)
    ON CONFLICT (kind, language) DO UPDATE SET subject = excluded.subject, body = excluded.body
)
INSERT INTO desk.audit (at, actor, action, object)
VALUES ($5::timestamptz, $6::uuid, 'mail changed', format('%s (%s)', $1::text, $2::text))
