SELECT id FROM desk.person WHERE email = lower($1::text)
