SELECT s.id, coalesce(b.level, s.level, ''), r.id, coalesce(a.grp, 0),
       ((SELECT count(*) FROM desk.assignment k WHERE k.round = n.id AND k.rater = r.id AND k.grp <> 1)
        + count(*) FILTER (WHERE a.grp IS NULL AND s.id <> r.id) OVER (PARTITION BY r.id))::integer
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS x (subject, rater, place)
LEFT JOIN desk.person s ON s.email = x.subject
LEFT JOIN desk.person r ON r.email = x.rater
LEFT JOIN desk.round n ON n.name = $1::text
LEFT JOIN desk.subject b ON b.round = n.id AND b.person = s.id
LEFT JOIN desk.assignment a ON a.round = n.id AND a.subject = b.id AND a.rater = r.id
ORDER BY x.place
