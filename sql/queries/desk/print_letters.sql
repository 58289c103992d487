SELECT desk.print_letters($1::uuid, $2::uuid[], $3::bytea[], $4::uuid, $5::boolean, $6::timestamptz, $7::timestamptz,
                          $8::uuid)
