SELECT desk.plan_mail($1::timestamptz)
