SELECT s.person, s.administrator AND p.administrator, s.expires
FROM desk.session s JOIN desk.person p ON p.id = s.person
WHERE s.token_hash = $1::bytea AND s.expires > $2::timestamptz
