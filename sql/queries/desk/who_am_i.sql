SELECT p.name, p.email FROM desk.person p WHERE p.id = $1::uuid
