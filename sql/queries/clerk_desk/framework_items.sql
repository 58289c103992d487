-- The statements of every level that a subject of the round has, in questionnaire order.
SELECT i.level, i.level_name, i.cluster, i.competency, i.definition, i.effective, i.ineffective
FROM desk.round r JOIN desk.framework_item i ON i.framework = r.framework
WHERE r.id = $1::uuid AND i.level IN (SELECT s.level FROM desk.subject s WHERE s.round = r.id)
ORDER BY i.level, i.position
