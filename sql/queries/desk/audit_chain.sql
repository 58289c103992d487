-- The chain in its order; after its end, lines that are not in it.
WITH links AS (
    SELECT c.link, c.line AS number, c.hash FROM desk.audit_chain c WHERE c.link > $1::bigint ORDER BY c.link
    LIMIT $2::integer
), waiting AS (
    SELECT a.number FROM desk.audit a
    WHERE NOT EXISTS (SELECT FROM desk.audit_chain c WHERE c.line = a.number)
    ORDER BY a.number LIMIT $2::integer - (SELECT count(*) FROM links)
)
SELECT x.number, a.at, coalesce(p.email, 'system'), a.action, a.object, a.actor, x.link, x.hash, a.person
FROM (SELECT * FROM links UNION ALL SELECT NULL, w.number, NULL FROM waiting w) x
LEFT JOIN desk.audit a ON a.number = x.number
LEFT JOIN desk.person p ON p.id = a.actor
ORDER BY x.link, x.number
