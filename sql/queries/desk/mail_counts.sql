SELECT coalesce(r.name, ''), o.kind, CASE WHEN o.state IN ('claimed', 'handed') THEN 'waiting' ELSE o.state END,
       count(*)::integer
FROM desk.outbox o LEFT JOIN desk.round r ON r.id = o.round
WHERE r.state IS DISTINCT FROM 'archived'
GROUP BY r.collect_from, 1, 2, 3
ORDER BY r.collect_from DESC NULLS LAST, 1, 2, 3 LIMIT 1000
