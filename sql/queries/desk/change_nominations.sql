SELECT c.place::integer, c.outcome, c.number, c.instead
FROM desk.change_nominations($1::text, $2::text, $3::uuid, $4::boolean, $5::smallint[], $6::text[], $7::smallint[],
                             $8::text[], $9::integer, $10::boolean, $11::timestamptz) c
ORDER BY c.place
