SELECT ballot.close_box($1::uuid, $2::timestamptz)
