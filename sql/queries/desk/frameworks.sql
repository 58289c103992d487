SELECT f.name, f.version, i.level, max(i.level_name), count(*)::integer
FROM desk.framework f JOIN desk.framework_item i ON i.framework = f.id
GROUP BY f.id, i.level
ORDER BY f.name, f.version DESC, i.level
