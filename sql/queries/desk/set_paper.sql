SELECT desk.set_paper($1::text, $2::boolean, $3::timestamptz, $4::uuid)
