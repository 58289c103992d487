SELECT desk.load_raters($1::uuid, $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::smallint[],
                        $7::timestamptz, $8::uuid)
