-- With the newest version of the manifest that raters have been shown.
SELECT r.id, r.close_asked, m.text
FROM desk.round r
JOIN LATERAL (SELECT n.text FROM desk.manifest n WHERE n.round = r.id ORDER BY n.version DESC LIMIT 1) m ON true
WHERE r.close_asked IS NOT NULL AND r.state = 'collecting' AND r.closing_step = 0
ORDER BY r.close_at, r.id
