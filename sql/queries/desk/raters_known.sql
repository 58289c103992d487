SELECT s.id, coalesce(b.level, s.level, ''), r.id, coalesce(a.grp, 0)
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS x (subject, rater, place)
LEFT JOIN desk.person s ON s.email = x.subject
LEFT JOIN desk.person r ON r.email = x.rater
LEFT JOIN desk.round n ON n.name = $1::text
LEFT JOIN desk.subject b ON b.round = n.id AND b.person = s.id
LEFT JOIN desk.assignment a ON a.round = n.id AND a.subject = b.id AND a.rater = r.id
ORDER BY x.place
