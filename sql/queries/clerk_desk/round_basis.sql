SELECT r.name, r.answer_from, r.close_at, r.threshold, r.comments_pooled, r.comments_by_group, r.tail_low, r.tail_high,
       r.bucket
FROM desk.round r
WHERE r.id = $1::uuid
