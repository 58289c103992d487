SELECT p.email, m.email FROM desk.person p LEFT JOIN desk.person m ON m.id = p.manager ORDER BY p.email COLLATE "C"
