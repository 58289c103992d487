SELECT status, reason, stored, changed
FROM ballot.cast_batch($1::uuid[], $2::bytea[], $3::uuid[], $4::smallint[], $5::bigint[], $6::bytea[], $7::bytea[],
                       $8::bytea[], $9::timestamptz)
