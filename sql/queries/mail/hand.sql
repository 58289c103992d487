SELECT desk.hand_mail($1::uuid, $2::integer, $3::uuid, $4::bytea, $5::timestamptz, $6::timestamptz, $7::integer)
