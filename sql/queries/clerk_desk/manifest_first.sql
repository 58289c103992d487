SELECT r.name, m.text, r.name_salt
FROM desk.round r JOIN desk.manifest m ON m.round = r.id AND m.version = 0
WHERE r.id = $1::uuid
