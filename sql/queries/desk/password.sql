SELECT i.person, i.secret, i.totp FROM desk.identity i WHERE i.method = 'password' AND i.identifier = $1::text
