INSERT INTO desk.report (round, subject, body)
SELECT $1::uuid, p.* FROM unnest($2::uuid[], $3::bytea[]) p (subject, body)
ON CONFLICT (round, subject) DO NOTHING
