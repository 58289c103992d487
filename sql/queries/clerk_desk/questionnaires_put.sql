INSERT INTO desk.questionnaire (round, level, text)
SELECT $1::uuid, q.level, q.text FROM unnest($2::text[], $3::bytea[]) q (level, text)
ON CONFLICT DO NOTHING
