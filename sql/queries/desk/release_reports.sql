WITH freed AS (
    UPDATE desk.round SET state = 'released' WHERE name = $1::text AND state = 'closed' RETURNING id, name
), shown AS (
    UPDATE desk.report p SET released = true FROM freed WHERE p.round = freed.id RETURNING p.subject
), line AS (
    INSERT INTO desk.audit (at, actor, action, object)
    SELECT $2::timestamptz, $3::uuid, 'reports released', format('%s: %s', freed.name, (SELECT count(*) FROM shown))
    FROM freed
)
SELECT r.state, EXISTS (SELECT FROM freed), (SELECT count(*) FROM desk.report p WHERE p.round = r.id)::integer
FROM desk.round r WHERE r.name = $1::text
