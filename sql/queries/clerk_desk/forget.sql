SELECT desk.forget($1::timestamptz)
