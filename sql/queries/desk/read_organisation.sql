WITH found AS (
    SELECT t.body, r.name AS round
    FROM desk.round r JOIN desk.organisation_report t ON t.round = r.id
    WHERE r.name = $1::text
), line AS (
    INSERT INTO desk.audit (at, actor, action, object)
    SELECT $2::timestamptz, $3::uuid, 'organisation report read', round FROM found
)
SELECT substr(body, $4::integer + 1, $5::integer), length(body) FROM found
