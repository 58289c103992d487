SELECT desk.open_due($1::uuid, $2::timestamptz)
