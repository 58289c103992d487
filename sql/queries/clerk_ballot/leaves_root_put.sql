SELECT ballot.leaves_root_put($1::uuid, $2::integer, $3::bytea)
