SELECT ballot.extend_round($1::uuid, $2::integer, $3::bytea, $4::bytea, $5::timestamptz)
