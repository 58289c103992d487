SELECT desk.require_session($1::bytea, $2::boolean, $3::timestamptz)
