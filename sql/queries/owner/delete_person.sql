SELECT desk.delete_person($1::text, $2::timestamptz)
