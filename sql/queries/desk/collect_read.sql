SELECT a.subject, a.grp, a.blinded
FROM unnest($3::uuid[]) WITH ORDINALITY AS x (id, place)
LEFT JOIN desk.assignment a ON a.id = x.id AND a.round = $1::uuid AND a.rater = $2::uuid
ORDER BY x.place
