SELECT desk.mail_result($1::uuid, $2::integer, $3::smallint, $4::text, $5::timestamptz, $6::timestamptz)
