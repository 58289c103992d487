SELECT x.kind, x.record::text, (count(*) OVER ())::integer
FROM desk.person_data($1::uuid, true) WITH ORDINALITY AS x (kind, record, place)
ORDER BY x.place OFFSET $2::integer LIMIT $3::integer
