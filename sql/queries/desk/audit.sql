SELECT a.number, a.at, coalesce(p.email, 'system'), a.action, a.object, a.actor, c.link, c.hash, a.person
FROM desk.audit a LEFT JOIN desk.person p ON p.id = a.actor LEFT JOIN desk.audit_chain c ON c.line = a.number
WHERE a.number < CASE WHEN $1::bigint = 0 THEN 9223372036854775807 ELSE $1::bigint END
ORDER BY a.number DESC LIMIT $2::integer
