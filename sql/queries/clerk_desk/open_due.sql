SELECT desk.open_due($1::timestamptz)
