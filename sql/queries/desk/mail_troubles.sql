-- Not of codes that somebody asked for: they tell when a rater was at work, and their mailbox has other mails.
SELECT p.email, p.name, r.name, o.kind, CASE WHEN o.state IN ('claimed', 'handed') THEN 'waiting' ELSE o.state END,
       o.reply, o.tried_at, o.twice, (count(*) OVER ())::integer
FROM desk.outbox o JOIN desk.person p ON p.id = o.person JOIN desk.round r ON r.id = o.round
WHERE r.state <> 'archived'
  AND (o.state IN ('failed', 'unknown') OR o.state IN ('waiting', 'claimed', 'handed') AND o.reply <> '' OR o.twice)
ORDER BY o.state, p.email, o.id OFFSET $1::integer LIMIT $2::integer
