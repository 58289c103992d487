SELECT r.id, sha256(m.text), (SELECT count(*) FROM desk.witness w WHERE w.round = r.id)::integer,
       EXISTS (SELECT FROM desk.witness w WHERE w.round = r.id AND w.key = $2::bytea)
FROM desk.round r LEFT JOIN desk.manifest m ON m.round = r.id AND m.version = 0
WHERE r.name = $1::text
