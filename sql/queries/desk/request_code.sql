INSERT INTO desk.code_request (email, at)
SELECT $1::text, $2::timestamptz WHERE (SELECT count(*) FROM desk.code_request) < $3::integer
RETURNING true
