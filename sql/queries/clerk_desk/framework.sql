SELECT f.name, f.version, array_to_string(f.scale, E'\t'), array_to_string(f.questions, E'\t')
FROM desk.round r JOIN desk.framework f ON f.id = r.framework
WHERE r.id = $1::uuid
