SELECT f.id, f.version, cardinality(f.questions),
       (SELECT max(i.position) FROM desk.framework_item i WHERE i.framework = f.id)
FROM desk.framework f WHERE f.name = $1::text
ORDER BY f.version DESC LIMIT 1
