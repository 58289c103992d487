DELETE FROM desk.round_key WHERE round = $1::uuid
