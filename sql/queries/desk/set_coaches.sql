SELECT x.outcome FROM desk.set_coaches($1::text, $2::text[], $3::text[], $4::boolean, $5::timestamptz, $6::uuid)
       WITH ORDINALITY AS x (outcome, place)
ORDER BY x.place
