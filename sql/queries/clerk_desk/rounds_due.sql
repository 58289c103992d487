-- Rounds that open themselves now.
SELECT r.id FROM desk.round r
WHERE r.opens_itself AND r.state IN ('draft', 'nominating') AND r.collect_from <= $1::timestamptz
  AND r.close_at > $1::timestamptz
ORDER BY r.collect_from, r.name
