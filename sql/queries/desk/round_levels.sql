SELECT r.id, r.state IN ('draft', 'nominating'), i.level
FROM desk.round r
LEFT JOIN (SELECT DISTINCT framework, level FROM desk.framework_item) i ON i.framework = r.framework
WHERE r.name = $1::text
