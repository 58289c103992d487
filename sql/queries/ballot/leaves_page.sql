SELECT leaves, root, hashes FROM ballot.leaves_page($1::uuid, $2::bigint)
