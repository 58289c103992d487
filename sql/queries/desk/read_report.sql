-- The leader is found first, by two keys: no plan may walk over all reports of the round.
WITH asked AS MATERIALIZED (
    SELECT s.round, s.id, s.name, s.person, s.coach, r.name AS round_name
    FROM desk.round r
    JOIN desk.subject s ON s.round = r.id
        AND s.person = CASE WHEN $2::text IS NULL THEN $3::uuid
                            ELSE (SELECT p.id FROM desk.person p WHERE p.email = $2::text) END
    WHERE r.name = $1::text
), found AS (
    SELECT t.body, a.round_name, a.name, a.person
    FROM asked a
    JOIN desk.report t ON t.round = a.round AND t.subject = a.id
    WHERE t.released AND a.person = $3::uuid OR t.coached AND a.coach = $3::uuid OR $4::boolean
), line AS (
    INSERT INTO desk.audit (at, actor, action, object, person)
    SELECT $5::timestamptz, $3::uuid, 'report read', format('%s: %s', round_name, name), person FROM found
)
SELECT substr(body, $6::integer + 1, $7::integer), length(body) FROM found
