-- Asks for a later close; the clerk publishes it in the next version of the manifest. The state is that from before.
WITH asked AS (
    UPDATE desk.round r SET close_asked = $2::timestamptz
    WHERE r.name = $1::text AND NOT $3::boolean AND r.state = 'collecting' AND r.closing_step = 0
      AND r.close_asked IS NULL AND r.close_at > $4::timestamptz AND r.close_at < $2::timestamptz
      AND (SELECT count(*) FROM desk.manifest m WHERE m.round = r.id) BETWEEN 1 AND $6::integer
    RETURNING r.name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object)
    SELECT $4::timestamptz, $5::uuid, 'round extension asked',
           format('%s: close at %s', name, to_char($2::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    FROM asked
)
SELECT r.state = 'collecting' AND r.closing_step = 0, r.close_at, r.close_asked,
       (SELECT count(*) FROM desk.manifest m WHERE m.round = r.id)::integer, r.answer_from
FROM desk.round r WHERE r.name = $1::text
