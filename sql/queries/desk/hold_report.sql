WITH meant AS (
    SELECT t.round, t.subject, t.released, r.name AS round_name, s.name, s.person
    FROM desk.report t
    JOIN desk.round r ON r.id = t.round
    JOIN desk.subject s ON s.round = t.round AND s.id = t.subject
    JOIN desk.person p ON p.id = s.person
    WHERE r.name = $1::text AND p.email = $2::text
    FOR SHARE OF r FOR UPDATE OF t -- a release that is under way comes before, and one that follows sees the hold
), now_held AS (
    UPDATE desk.report t SET held = true FROM meant
    WHERE t.round = meant.round AND t.subject = meant.subject AND NOT t.released AND NOT t.held AND NOT $3::boolean
    RETURNING meant.round_name, meant.name, meant.person
), line AS (
    INSERT INTO desk.audit (at, actor, action, object, person)
    SELECT $4::timestamptz, $5::uuid, 'report held', format('%s: %s', round_name, name), person FROM now_held
)
SELECT meant.name, meant.released FROM meant
