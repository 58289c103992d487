SELECT desk.answers_deleted($1::uuid, $2::integer, $3::integer, $4::timestamptz)
