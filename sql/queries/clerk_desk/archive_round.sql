SELECT desk.archive_round($1::uuid, $2::timestamptz)
