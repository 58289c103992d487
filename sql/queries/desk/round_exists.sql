SELECT r.id FROM desk.round r WHERE r.name = $1::text
