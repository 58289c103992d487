SELECT s.outcome, s.person, s.name, s.administrator
FROM desk.sign_in($1::text, $2::text, $3::bytea, $4::bigint, $5::timestamptz, $6::integer, $7::integer, $8::bytea,
                  $9::timestamptz) s
