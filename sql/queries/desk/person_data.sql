-- Every page leaves its line, so that none is read without one.
WITH line AS (
    INSERT INTO desk.audit (at, actor, action, object, person)
    SELECT $4::timestamptz, $5::uuid, 'data of a person read', p.email, p.id FROM desk.person p
    WHERE p.email = $1::text
)
SELECT x.kind, x.record::text, (count(*) OVER ())::integer
FROM desk.person p
CROSS JOIN LATERAL desk.person_data(p.id, false) WITH ORDINALITY AS x (kind, record, place)
WHERE p.email = $1::text
ORDER BY x.place OFFSET $2::integer LIMIT $3::integer
