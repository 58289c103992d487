SELECT r.id, r.name, r.collect_from, r.answer_from, r.close_at, r.grace_s, r.threshold, r.comments_pooled,
       r.comments_by_group, r.tail_low, r.tail_high, r.bucket, r.name_salt
FROM desk.round r
WHERE r.state = 'collecting' AND NOT EXISTS (SELECT FROM desk.manifest m WHERE m.round = r.id)
ORDER BY r.answer_from, r.id
