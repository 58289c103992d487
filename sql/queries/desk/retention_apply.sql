WITH asked AS (
    UPDATE desk.round SET ends_now = true
    WHERE name = $1::text AND state = 'released' AND NOT ends_now AND NOT $2::boolean
    RETURNING name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object)
    SELECT $3::timestamptz, $4::uuid, 'deletion asked', name FROM asked
)
SELECT r.state, r.answers_line IS NOT NULL, (SELECT count(*)::integer FROM desk.report t WHERE t.round = r.id),
       (SELECT count(*)::integer FROM desk.assignment a WHERE a.round = r.id),
       (SELECT count(*)::integer FROM desk.report t WHERE t.round = r.id AND NOT t.released)
FROM desk.round r WHERE r.name = $1::text
