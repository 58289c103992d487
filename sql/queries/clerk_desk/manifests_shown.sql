SELECT r.name, m.text, newest.text, r.name_salt
FROM desk.round r JOIN desk.manifest m ON m.round = r.id AND m.version = 0
JOIN LATERAL (SELECT n.text FROM desk.manifest n WHERE n.round = r.id ORDER BY n.version DESC LIMIT 1) newest ON true
WHERE r.id = $1::uuid
