SELECT desk.load_raters($1::uuid, $2::uuid[], $3::text[], $4::bytea[], $5::uuid[], $6::uuid[], $7::smallint[],
                        $8::timestamptz, $9::uuid)
