WITH found AS (
    SELECT t.body, r.name AS round, s.name AS subject, s.person
    FROM desk.round r
    JOIN desk.subject s ON s.round = r.id
    JOIN desk.person p ON p.id = s.person
    JOIN desk.report t ON t.round = s.round AND t.subject = s.id
    WHERE r.name = $1::text
      AND CASE WHEN $2::text IS NULL THEN p.id = $3::uuid ELSE p.email = $2::text END
      AND (t.released AND p.id = $3::uuid OR t.coached AND s.coach = $3::uuid OR $4::boolean)
), line AS (
    INSERT INTO desk.audit (at, actor, action, object, person)
    SELECT $5::timestamptz, $3::uuid, 'report read', format('%s: %s', round, subject), person FROM found
)
SELECT substr(body, $6::integer + 1, $7::integer), length(body) FROM found
