SELECT ballot.open_round($1::uuid, $2::timestamptz, $3::timestamptz, $4::integer, $5::integer, $6::integer, $7::bytea,
                         $8::text[], $9::smallint[], $10::smallint[], $11::smallint[], $12::uuid[], $13::smallint[],
                         $14::integer[])
