UPDATE desk.assignment a SET blinded = x.element
FROM unnest($3::uuid[], $4::bytea[]) AS x (id, element), desk.round r
WHERE a.id = x.id AND a.round = $1::uuid AND a.rater = $2::uuid AND (a.blinded IS NULL OR a.blinded = x.element)
  AND r.id = a.round AND r.state = 'collecting' AND r.collect_from <= $5::timestamptz AND r.close_at > $5::timestamptz
  AND EXISTS (SELECT FROM desk.manifest m WHERE m.round = r.id)
  AND EXISTS (SELECT FROM desk.round_key k WHERE k.round = r.id)
